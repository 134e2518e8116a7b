import { type ErrorCode, isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';

/** In the order in which they are shown. */
export const AREAS = ['system', 'configuration', 'plugins', 'versions', 'source', 'project'] as const;
export type Area = (typeof AREAS)[number];

/** One line of `doctor`. A hint beside `ok` is advice: the commands work all the same. */
export interface Finding {
  readonly area: Area;
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly message: string;
  /** What to do; `null` where there is nothing to be done. */
  readonly hint: string | null;
  /** The code with which a command that needs this would fail; `null` where `ok`. */
  readonly code: ErrorCode | null;
}

export function good(area: Area, name: string, message: string, hint: string | null = null): Finding {
  return { area, name, ok: true, message, hint, code: null };
}

export function bad(area: Area, name: string, error: SnapkeepError): Finding {
  return { area, name, ok: false, message: error.message, hint: error.hint, code: error.code };
}

/** The error of something that needs no other cause than itself. */
export function failed(area: Area, name: string, code: ErrorCode, message: string, hint?: string): Finding {
  return bad(area, name, new SnapkeepError(code, message, hint === undefined ? {} : { hint }));
}

/** What `examine` found, or the failure that a command would have met. An interruption is none: it goes on. */
export async function attempt(
  runtime: Runtime,
  area: Area,
  name: string,
  examine: () => Promise<Finding>,
): Promise<Finding> {
  try {
    return await examine();
  } catch (error) {
    runtime.signal.throwIfAborted();
    if (!isSnapkeepError(error)) throw error;
    return bad(area, name, error);
  }
}
