import { quoteIdentifier, quoteLiteral, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import { MASKED } from '../invalid/shown.ts';
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

async function checkKey({ engine, plan, inOrder }: Staging, rows: number): Promise<void> {
  if (plan.key.length === 0 || (inOrder && plan.sort.every((name) => plan.key.includes(name)))) return;
  const names = plan.key.map(quoteIdentifier);
  if (await isSurelyUnique(engine, names, rows)) return;
  const isNull = names.map((name) => `${name} IS NULL`).join(' OR ');
  const shown = plan.key
    .map((name) => (plan.sensitive.includes(name) ? quoteLiteral(MASKED) : `${quoteIdentifier(name)}::VARCHAR`))
    .join(`, `);
  const [broken] = await engine.rows(
    `SELECT [${shown}] AS "key", count(*) AS "rows" FROM content GROUP BY ${names.join(', ')}
     HAVING count(*) > 1 OR ${isNull} LIMIT 1`,
  );
  if (!broken) return;
  const key = shorten(JSON.stringify(broken.key));
  const problem = Number(broken.rows) > 1 ? `occurs ${Number(broken.rows).toLocaleString('en')} times` : 'has a NULL';
  throw new SnapkeepError('SNAPKEEP_KEY_NOT_UNIQUE', `the key (${plan.key.join(', ')}) ${problem}: ${key}`, {
    details: { rows: Number(broken.rows) },
    quotes: { key: plan.key, value: broken.key },
  });
}

export interface RuleOutcome {
  readonly name: string;
  readonly sql: string;
  readonly severity: 'error' | 'warn';
  readonly holds: boolean;
}

/** A rule is an expression: what closes our parentheses and goes on behind a semicolon is none. */
async function ruleHolds(engine: Engine, rule: string): Promise<boolean> {
  // The line break ends a comment that the rule may end with.
  const sql = `SELECT coalesce((${rule}\n), false) AS holds FROM content`;
  const { count } = await engine.connection.extractStatements(sql);
  if (count !== 1) throw new Error(`it holds ${count} statements`);
  return (await engine.row(sql)).holds === true;
}

/** Quality rules: SQL of the configuration, one boolean each. NULL does not hold. */
async function checkRules(runtime: Runtime, { engine, plan }: Staging): Promise<RuleOutcome[]> {
  const outcomes: RuleOutcome[] = [];
  for (const rule of plan.rules) {
    let holds: boolean;
    try {
      holds = await ruleHolds(engine, rule.sql);
    } catch (cause) {
      throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `the rule "${rule.name}" is not valid SQL: ${rule.sql}`, {
        hint: 'A rule is one boolean expression over the columns of the snapshot; it reaches no file and no network.',
        cause,
      });
    }
    outcomes.push({ ...rule, holds });
    if (!holds && rule.severity === 'warn') runtime.log.warn(`rule does not hold: ${rule.name} (${rule.sql})`);
  }
  const broken = outcomes.find(({ holds, severity }) => !holds && severity === 'error');
  if (broken) {
    throw new SnapkeepError('SNAPKEEP_RULE_BROKEN', `rule does not hold: ${broken.name} (${broken.sql})`, {
      details: { rules: outcomes },
    });
  }
  return outcomes;
}

/** What must hold of the rows as they came: none is missing, and each value is held exactly. */
export async function checkRead(staging: Staging, counts: RowCounts): Promise<void> {
  await checkCounts(staging, counts);
  await refuseInexact(staging);
}

/** What must hold of the snapshot before a byte is written. */
export async function checkSnapshot(runtime: Runtime, staging: Staging, rows: number): Promise<RuleOutcome[]> {
  await checkKey(staging, rows);
  return checkRules(runtime, staging);
}
