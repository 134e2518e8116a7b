/** Whoever draws on the terminal's last lines; everything else must be printed above it. */
export interface Drawing {
  printAbove(line: string): void;
}

let drawing: Drawing | undefined;

export function setDrawing(active: Drawing | undefined): void {
  drawing = active;
}

/** One line on stderr, above a progress bar where there is one. */
export function writeStderr(line: string): void {
  if (drawing) drawing.printAbove(line);
  else process.stderr.write(`${line}\n`);
}
