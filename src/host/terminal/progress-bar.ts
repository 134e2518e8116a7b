import { createRequire } from 'node:module';
import { escapeControls } from '@snapkeep/sdk';
import type { MultiBar, Options, Params } from 'cli-progress';
import type { HostProgress } from './host-progress.ts';
import { type ProgressUnit, progressText } from './progress-text.ts';
import { setDrawing } from './stderr.ts';

const require = createRequire(import.meta.url);
const BAR_CHARACTERS = 24;

interface BarPayload {
  readonly label: string;
  readonly unit: ProgressUnit;
  readonly total: number | undefined;
  readonly bytes: number | undefined;
  readonly startedMs: number;
}

/** One line of the bar; without a total there is nothing to fill. */
function drawBar(_options: Options, params: Params, payload: BarPayload): string {
  const { unit, total, bytes } = payload;
  const elapsedMs = performance.now() - payload.startedMs;
  const text = progressText({ unit, total, done: params.value, bytes, elapsedMs });
  if (total === undefined || total <= 0) return `${payload.label}  ${text}`;
  const share = Math.min(1, params.value / total);
  const filled = Math.round(share * BAR_CHARACTERS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
  return `${payload.label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`;
}

/** Bars on stderr's last lines; the library is loaded with the first one. */
export function barProgress(): HostProgress {
  let bars: MultiBar | undefined;
  let running = 0;
  const open = (): MultiBar => {
    if (bars) return bars;
    const library: typeof import('cli-progress') = require('cli-progress');
    const made = new library.MultiBar({
      stream: process.stderr,
      format: (options, params, payload) => drawBar(options, params, payload as BarPayload),
      hideCursor: false,
      clearOnComplete: true,
      stopOnComplete: false,
      gracefulExit: false,
      fps: 8,
    });
    setDrawing({ printAbove: (line) => made.log(`${line}\n`) });
    bars = made;
    return made;
  };
  const close = () => {
    setDrawing(undefined);
    bars?.stop();
    bars = undefined;
    running = 0;
  };
  return {
    start(label, { total, unit = 'rows' } = {}) {
      const payload: BarPayload = {
        label: escapeControls(label),
        unit,
        total,
        bytes: undefined,
        startedMs: performance.now(),
      };
      const owner = open();
      const bar = owner.create(total ?? 0, 0, payload);
      running += 1;
      let ended = false;
      return {
        update(done, bytes) {
          if (!ended && bars === owner) bar.update(done, bytes === undefined ? undefined : { bytes });
        },
        end() {
          if (ended) return;
          ended = true;
          if (bars !== owner) return;
          owner.remove(bar);
          running -= 1;
          if (running === 0) close();
        },
      };
    },
    close,
  };
}
