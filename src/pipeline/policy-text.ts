import { type ColumnPlan, parseInexactPolicy, type Substitution, shorten } from '@snapkeep/sdk';
import { notHeld } from '../engine/inexact.ts';

function join(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What a column's policy will do, in words; `undefined` where it does nothing but refuse. */
export function policyMeaning({ type, onInexact, fileType }: ColumnPlan): string | undefined {
  const policy = parseInexactPolicy(onInexact);
  const values = notHeld(type);
  switch (policy?.kind) {
    case 'null':
      return values.length === 0 ? undefined : `${join(values)} → NULL, counted`;
    case 'string':
      return 'kept as the source’s text, whatever it is';
    case 'double':
      return 'numbers that a double does not hold become the nearest one, counted; beyond its range they are refused';
    case 'decimal':
      return `numbers of more than ${policy.scale} decimals are rounded, counted; NaN, the infinities and what ${fileType} is too small for are refused`;
    case 'infinity':
      return 'the infinities become DuckDB’s own, which few other readers know, counted';
    default:
      return undefined;
  }
}

function keyText(key: Readonly<Record<string, string | null>>): string {
  return Object.entries(key)
    .map(([column, text]) => `${column}=${text ?? 'NULL'}`)
    .join(' ');
}

/** One line on what was put in the place of a column's values. */
export function substitutionText({ column, policy, values, firstKeys }: Substitution): string {
  const rows = values === 1 ? '1 value' : `${values.toLocaleString('en')} values`;
  const keys = shorten(firstKeys.map(keyText).join(', '), 120);
  return `column ${column}: ${rows} substituted by the policy ${policy}${keys === '' ? '' : `, ${values > firstKeys.length ? 'first ' : ''}at ${keys}`}`;
}

/** `exact`, `annotated`, `substituted(3)`. */
export function fidelityText({ name, fidelity }: ColumnPlan, substitutions: readonly Substitution[] = []): string {
  const values = substitutions.find(({ column }) => column === name)?.values;
  return values === undefined ? fidelity : `${fidelity}(${values})`;
}
