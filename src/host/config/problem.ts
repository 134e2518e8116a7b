import { INEXACT_POLICY_FORMS, nearest } from '@snapkeep/sdk';
import type { ErrorObject } from 'ajv';
import { dotted } from './pointer.ts';

export interface ProblemText {
  readonly message: string;
  /** The key to point at, where it is the key that is wrong and not the value. */
  readonly key?: string;
  readonly suggestion?: string;
}

/** ajv's error as a sentence about the configuration. */
export function describeProblem(error: ErrorObject, parts: readonly string[]): ProblemText {
  const where = parts.length === 0 ? 'the configuration' : dotted(parts);
  const { keyword, params } = error;
  if (keyword === 'additionalProperties') {
    const key = String(params.additionalProperty);
    const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
    return { message: `unknown key "${key}" in ${where}`, key, suggestion: nearest(key, known) };
  }
  if (error.propertyName !== undefined) {
    const message = `"${error.propertyName}" in ${where} is no valid name: lower-case letters, digits, _ and -, at most 64`;
    return { message, key: error.propertyName };
  }
  if (keyword === 'enum') {
    const allowed = (params.allowedValues as readonly unknown[]).map(String);
    const suggestion = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined;
    return { message: `${where} must be one of ${allowed.join(', ')}`, suggestion };
  }
  if (keyword === 'oneOf' && parts.includes('rules')) {
    const kinds = Object.keys((error.parentSchema?.properties as object | undefined) ?? {}).filter(
      (key) => key !== 'name' && key !== 'severity',
    );
    return { message: `${where} needs exactly one of ${kinds.join(', ')}` };
  }
  if (keyword === 'oneOf' || keyword === 'not') {
    return { message: `${where} needs either "table" or "query", and only one of them` };
  }
  if (keyword === 'pattern' && parts.includes('onInexact')) {
    const allowed = INEXACT_POLICY_FORMS;
    const suggestion = typeof error.data === 'string' ? nearest(error.data, allowed) : undefined;
    return { message: `${where} must be one of ${allowed.join(', ')}`, suggestion };
  }
  if (keyword === 'required') return { message: `${where} needs "${params.missingProperty}"` };
  if (keyword === 'type')
    return { message: `${where} must be ${article(String(params.type))}, not ${kindOf(error.data)}` };
  return { message: `${where} ${error.message ?? 'is not allowed'}` };
}

function article(types: string): string {
  const named = types.split(',').map((type) => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`));
  return named.join(' or ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  return Array.isArray(value) ? 'a list' : article(typeof value);
}
