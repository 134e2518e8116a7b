import type { SnapkeepError } from '@snapkeep/sdk';
import { maskData, maskText } from './mask.ts';
import { safeJson } from './safe-json.ts';

/** The version of the envelope and of every result in it; published as schemas/envelope.schema.json. */
const ENVELOPE_VERSION = 1;

export interface OkEnvelope {
  readonly ok: true;
  /** As it is typed, e.g. `version list`. */
  readonly command: string;
  readonly version: typeof ENVELOPE_VERSION;
  readonly data: unknown;
}

export interface FailedEnvelope {
  readonly ok: false;
  readonly command: string;
  readonly version: typeof ENVELOPE_VERSION;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly exitCode: number;
    readonly details: unknown;
  };
}

export function okEnvelope(command: string, data: unknown): OkEnvelope {
  return { ok: true, command, version: ENVELOPE_VERSION, data: data ?? {} };
}

export function failedEnvelope(command: string, error: SnapkeepError, stack?: string): FailedEnvelope {
  // A plugin may bring an SDK that knows no quotes yet.
  const quoted = error.quoted ?? [];
  const details = Object.fromEntries(
    Object.entries(error.details).map(([name, fact]) => [name, quoted.includes(name) ? fact : maskData(fact, name)]),
  );
  return {
    ok: false,
    command,
    version: ENVELOPE_VERSION,
    error: {
      code: error.code,
      message: maskText(error.message),
      hint: maskText(error.hint),
      exitCode: error.exitCode,
      details: stack === undefined ? details : { ...details, stack },
    },
  };
}

/**
 * JSON has neither 64-bit integers nor NaN: a BigInt becomes a number where that is exact and its
 * digits as a text elsewhere; NaN and the infinities become texts.
 */
function portable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** The one document of `--json`: one line for programs, indented at a terminal. */
export function serialize(envelope: OkEnvelope | FailedEnvelope, indented = process.stdout.isTTY === true): string {
  return `${safeJson(JSON.stringify(envelope, portable, indented ? 2 : undefined))}\n`;
}
