import { escapeControls } from '@snapkeep/sdk';
import type { HostProgress } from './host-progress.ts';
import { progressText } from './progress-text.ts';
import { writeStderr } from './stderr.ts';

const LINE_INTERVAL_MS = 10_000;

/** One plain line per task and interval; a task that ends before the first says nothing. */
export function lineProgress(write: (line: string) => void = writeStderr, intervalMs = LINE_INTERVAL_MS): HostProgress {
  const open = new Set<() => void>();
  return {
    start(label, { total, unit = 'rows' } = {}) {
      const startedMs = performance.now();
      let done = 0;
      let bytes: number | undefined;
      let said = false;
      const say = () => {
        said = true;
        const elapsedMs = performance.now() - startedMs;
        write(`${escapeControls(label)}: ${progressText({ unit, total, done, bytes, elapsedMs })}`);
      };
      const timer = setInterval(say, intervalMs).unref();
      const end = () => {
        if (!open.delete(end)) return;
        clearInterval(timer);
        if (said) say();
      };
      open.add(end);
      return {
        update(newDone, newBytes) {
          done = newDone;
          bytes = newBytes ?? bytes;
        },
        end,
      };
    },
    close() {
      for (const end of open) end();
    },
  };
}
