/** What git writes into a file that two sides changed: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented */
const MARK = /^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/;

/** Whether a line is one of git's marks of a conflict. */
export function isMark(line: string): boolean {
  return MARK.test(line);
}

/** The lines of both sides, without the marks and without what was there before both (`merge.conflictStyle` diff3). */
export function withoutMarks(lines: readonly string[]): string[] {
  let before = false;
  return lines.filter((line) => {
    if (line.startsWith('|||||||')) before = true;
    else if (line.startsWith('=======')) before = false;
    return !before && !isMark(line);
  });
}
