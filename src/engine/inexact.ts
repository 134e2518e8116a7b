import { type ColumnPlan, type InexactPolicy, type LeafType, type LogicalType, quoteLiteral } from '@snapkeep/sdk';
import type { Engine } from './engine.ts';
import { computedOnce } from './lambda.ts';
import { leavesOf, listsOf } from './type-paths.ts';
import { takes, typePlan } from './type-plan.ts';

/** What a source may send of a kind that the file can't hold, for people; all other kinds are always held. */
const NOT_HELD: Partial<Readonly<Record<LeafType['kind'], string>>> = {
  decimal: 'NaN and the infinities',
  numeric: 'NaN and the infinities',
  date: 'the infinities',
  timestamp: 'the infinities and moments beyond the year 294246',
  interval: 'the infinities',
  time: '24:00',
};

/** Values of a type that the file can't hold exactly, by their names; empty where there are none. */
export function notHeld(type: LogicalType): string[] {
  const leaves = [...leavesOf(type).values()].flatMap(({ kind }) => NOT_HELD[kind] ?? []);
  return [...new Set(leaves), ...(listsOf(type).size > 0 ? ['arrays of other bounds or dimensions'] : [])];
}

/** Any size: only the kind is asked for. */
const SOME_DECIMAL: InexactPolicy = { kind: 'decimal', precision: 38, scale: 0 };
const WITHOUT_SIZE: readonly InexactPolicy[] = (['refuse', 'null', 'string', 'double', 'infinity'] as const).map(
  (kind) => ({ kind }),
);

/** Rows could not be told apart any more, or would have no key at all: what becomes one value was several. */
function merges({ kind }: InexactPolicy): boolean {
  return kind === 'null' || kind === 'double' || kind === 'decimal';
}

/** Whether a column can be treated so. @param isKey - whether it is part of the dataset's key */
export function allows(type: LogicalType, policy: InexactPolicy, isKey: boolean): boolean {
  return takes(type, policy) && !(isKey && merges(policy));
}

/** The policies that a column takes, as they are written. */
export function policiesOf(type: LogicalType, isKey: boolean): string[] {
  return [...WITHOUT_SIZE, SOME_DECIMAL]
    .filter((policy) => allows(type, policy, isKey))
    .map(({ kind }) => (kind === 'decimal' ? 'decimal(P,S)' : kind));
}

/** The policies under which this refused text of a column would not be refused; not those with a size. */
export async function remediesFor(
  engine: Engine,
  { type }: ColumnPlan,
  isKey: boolean,
  text: string,
): Promise<InexactPolicy[]> {
  const candidates = WITHOUT_SIZE.filter((policy) => policy.kind !== 'refuse' && allows(type, policy, isKey));
  const refused = candidates.map((policy, index) => {
    const { source, value, refused: condition } = typePlan(type, policy);
    const isRefused = (from: string) => condition?.({ text: 'c', source: from, value: value(from) }) ?? 'false';
    return `${source ? computedOnce(source('c'), isRefused) : isRefused('c')} AS r${index}`;
  });
  const row = await engine.row(`SELECT ${refused.join(', ')} FROM (SELECT ${quoteLiteral(text)} AS c)`);
  return candidates.filter((_, index) => row[`r${index}`] !== true);
}
