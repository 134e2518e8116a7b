import { type EventName, type EventPayloads, messageOf } from '@snapkeep/sdk';
import type { Runtime } from './runtime.ts';

/** Tells plugins of what is done and can't be undone: where one fails, the work stands and the user hears of it. */
export async function emitAfter<E extends EventName>(
  runtime: Runtime,
  event: E,
  payload: EventPayloads[E],
): Promise<void> {
  try {
    await runtime.emit(event, payload);
  } catch (error) {
    runtime.log.warn(`the work is done, but a plugin failed on ${event}: ${messageOf(error)}`);
  }
}
