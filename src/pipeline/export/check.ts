import { quoteIdentifier, quoteLiteral, type RuleResult, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import { MASKED } from '../invalid/shown.ts';
import { type ComparedWith, checkRules } from '../quality/check-rules.ts';
import type { Runtime } from '../runtime.ts';
import { isSurelyUnique } from './key-order.ts';
import { refuseInexact } from './refusal.ts';
import type { Staging } from './staging.ts';

/** Rows read = staged + rejected: whatever else happened, nothing may be published. */
async function checkCounts({ engine }: Staging, counts: RowCounts): Promise<void> {
  const { staged } = await engine.row('SELECT count(*) AS staged FROM staged');
  if (Number(staged) === counts.read - counts.rejected) return;
  throw new SnapkeepError(
    'SNAPKEEP_INTERNAL',
    `${counts.read} rows were read and ${counts.rejected} rejected, but ${String(staged)} were staged`,
  );
}

const KEYS_SHOWN = 5;

async function checkKey({ engine, plan, inOrder }: Staging, rows: number): Promise<void> {
  if (plan.key.length === 0 || (inOrder && plan.sort.every((name) => plan.key.includes(name)))) return;
  const names = plan.key.map(quoteIdentifier);
  if (await isSurelyUnique(engine, names, rows)) return;
  const isNull = names.map((name) => `${name} IS NULL`).join(' OR ');
  const shown = plan.key
    .map((name) => (plan.sensitive.includes(name) ? quoteLiteral(MASKED) : `${quoteIdentifier(name)}::VARCHAR`))
    .join(`, `);
  const broken = await engine.rows(
    `SELECT [${shown}] AS "key", count(*) AS "rows", count(*) OVER () AS "keys" FROM content GROUP BY ${names.join(', ')}
     HAVING count(*) > 1 OR ${isNull} ORDER BY ${names.join(', ')} LIMIT ${KEYS_SHOWN}`,
  );
  const [first] = broken;
  if (!first) return;
  const problems = broken.map(({ key, rows: count }) => {
    const problem = Number(count) > 1 ? `occurs ${Number(count).toLocaleString('en')} times` : 'has a NULL';
    return `${problem}: ${shorten(JSON.stringify(key))}`;
  });
  const keys = Number(first.keys);
  const more =
    keys > 1
      ? `, and ${(keys - 1).toLocaleString('en')} more ${keys === 2 ? 'key does' : 'keys do'} not stand for one row`
      : '';
  throw new SnapkeepError('SNAPKEEP_KEY_NOT_UNIQUE', `the key (${plan.key.join(', ')}) ${problems[0]}${more}`, {
    notes: keys > 1 ? problems : [],
    hint: `Correct the rows, or name columns that tell all of them apart: --key A,B, or datasets.${plan.dataset}.key in the configuration; --key '' for no key.`,
    details: { rows: Number(first.rows), keys },
    quotes: {
      key: plan.key,
      value: first.key,
      examples: broken.map(({ key, rows: count }) => ({ value: key, rows: Number(count) })),
    },
  });
}

/** What must hold of the rows as they came: none is missing, and each value is held exactly. */
export async function checkRead(staging: Staging, counts: RowCounts): Promise<void> {
  await checkCounts(staging, counts);
  await refuseInexact(staging);
}

/** What must hold of the snapshot before a byte is written. */
export async function checkSnapshot(
  runtime: Runtime,
  staging: Staging,
  rows: number,
  compared: ComparedWith,
): Promise<ReadonlyMap<number, RuleResult>> {
  await checkKey(staging, rows);
  return checkRules(runtime, staging, compared);
}
