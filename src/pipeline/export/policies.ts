import {
  type Column,
  INEXACT_POLICY_FORMS,
  type InexactPolicy,
  inexactPolicyText,
  nearest,
  parseInexactPolicy,
  SnapkeepError,
} from '@snapkeep/sdk';
import { allows, notHeld, policiesOf } from '../../engine/inexact.ts';
import type { InexactConfig } from '../config.ts';
import type { Dataset } from '../dataset.ts';
import { requireColumn } from '../require-column.ts';
import { hasKind, hasTypeName } from './type-names.ts';

/** `key=policy`, as a flag has it. */
export interface GivenPolicy {
  /** A column's name, `column:NAME`, `type:NAME`, or `*` for the dataset. */
  readonly key: string;
  readonly policy: string;
}

/** One policy and the columns it is for. */
export interface PolicyRule {
  readonly scope: 'column' | 'type' | 'dataset';
  /** Of the column or type; empty for the dataset. */
  readonly name: string;
  readonly policy: InexactPolicy;
  /** Where it stands, for messages. */
  readonly origin: string;
  readonly code: 'SNAPKEEP_USAGE' | 'SNAPKEEP_CONFIG_INVALID';
}

type Place = Pick<PolicyRule, 'origin' | 'code'>;

function scopeOf(key: string): Pick<PolicyRule, 'scope' | 'name'> {
  if (key === '*') return { scope: 'dataset', name: '' };
  if (key.startsWith('type:')) return { scope: 'type', name: key.slice('type:'.length) };
  return { scope: 'column', name: key.startsWith('column:') ? key.slice('column:'.length) : key };
}

function ruleOf({ key, policy: text }: GivenPolicy, place: Place): PolicyRule {
  const policy = parseInexactPolicy(text);
  if (policy) return { ...scopeOf(key), policy, ...place };
  const near = nearest(text, INEXACT_POLICY_FORMS);
  const advice = near === undefined ? '' : `; did you mean ${near}?`;
  throw new SnapkeepError(place.code, `${place.origin}: ${JSON.stringify(text)} is no policy${advice}`, {
    hint: `Policies are ${INEXACT_POLICY_FORMS.join(', ')}, with 1 <= P <= 38 and 0 <= S <= P.`,
    details: { policy: text, policies: INEXACT_POLICY_FORMS },
  });
}

/** By what they are for; two for the same are no choice. */
function distinct(rules: readonly PolicyRule[]): Map<string, PolicyRule> {
  const found = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const id = `${rule.scope}:${rule.name}`;
    const other = found.get(id);
    if (other) throw new SnapkeepError(rule.code, `${other.origin} and ${rule.origin} are for the same values`);
    found.set(id, rule);
  }
  return found;
}

function configuredRules(dataset: string, given: InexactConfig | undefined): PolicyRule[] {
  if (given === undefined) return [];
  const where = `datasets.${dataset}.onInexact`;
  const code = 'SNAPKEEP_CONFIG_INVALID';
  // YAML reads null as nothing at all.
  const textOf = (policy: string | null) => policy ?? 'null';
  if (given === null || typeof given === 'string') {
    return [ruleOf({ key: '*', policy: textOf(given) }, { origin: where, code })];
  }
  return Object.entries(given).map(([key, policy]) =>
    ruleOf({ key, policy: textOf(policy) }, { origin: `${where}.${key}`, code }),
  );
}

/**
 * What the flags and, below them, the configuration say: a flag replaces what the configuration has for the same
 * column, type or dataset.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_CONFIG_INVALID
 */
export function policyRules({ name, config }: Dataset, flags: readonly GivenPolicy[] = []): PolicyRule[] {
  const given = flags.map(({ key, policy }) =>
    ruleOf(
      { key, policy },
      { origin: `--on-inexact ${key === '*' ? policy : `${key}=${policy}`}`, code: 'SNAPKEEP_USAGE' },
    ),
  );
  return [...new Map([...distinct(configuredRules(name, config.onInexact)), ...distinct(given)]).values()];
}

function refusePolicy({ policy, origin, code }: PolicyRule, column: Column, isKey: boolean): SnapkeepError {
  const text = inexactPolicyText(policy);
  const taken = policiesOf(column.type, isKey);
  const what = `${isKey ? 'the key’s column' : 'the column'} ${JSON.stringify(column.name)} (${column.sourceType})`;
  return new SnapkeepError(code, `${origin}: ${what} can't be treated with ${text}`, {
    hint: `It takes ${taken.join(', ')}.`,
    details: { column: column.name, sourceType: column.sourceType, policy: text, policies: taken },
  });
}

/** The policy of one column: its own, else its type's, else the dataset's, of those that its type takes. */
function choose(column: Column, isKey: boolean, rules: readonly PolicyRule[]): InexactPolicy {
  const own = rules.find(({ scope, name }) => scope === 'column' && name === column.name);
  if (own && !allows(column.type, own.policy, isKey)) throw refusePolicy(own, column, isKey);
  const types = rules.filter(({ scope }) => scope === 'type');
  const named = types.filter(({ name }) => hasTypeName(column, name));
  const ofKind = types.filter(({ name }) => hasKind(column, name));
  // A dataset's policy leaves those columns alone that can hold whatever comes.
  const general = notHeld(column.type).length > 0 ? rules.filter(({ scope }) => scope === 'dataset') : [];
  const rule = own ?? [...named, ...ofKind, ...general].find(({ policy }) => allows(column.type, policy, isKey));
  return rule?.policy ?? { kind: 'refuse' };
}

/**
 * What becomes of a value that its column can't hold, column by column.
 * @throws SNAPKEEP_COLUMN_UNKNOWN for a rule that names no column
 * @throws SNAPKEEP_USAGE, SNAPKEEP_CONFIG_INVALID for one that names a column whose type doesn't take it
 */
export function choosePolicies(
  rules: readonly PolicyRule[],
  columns: readonly Column[],
  key: readonly string[],
): InexactPolicy[] {
  for (const { scope, name, origin } of rules) if (scope === 'column') requireColumn(columns, name, origin);
  return columns.map((column) => choose(column, key.includes(column.name), rules));
}

/** Rules for types that no column has: probably misspelt. */
export function idleRules(rules: readonly PolicyRule[], columns: readonly Column[]): PolicyRule[] {
  const applies = (name: string) => columns.some((column) => hasTypeName(column, name) || hasKind(column, name));
  return rules.filter(({ scope, name }) => scope === 'type' && !applies(name));
}
