import { escapeControls, shorten } from '@snapkeep/sdk';
import type pg from 'pg';
import { sqlStateOf } from '../server-errors.ts';
import type { Standing } from './answer.ts';

/** Somebody for whom a lock is waited. */
export interface Blocker {
  readonly pid: string;
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** Since its transaction began; `null` where this user may not know. */
  readonly seconds: string | null;
}

export interface Inquiry {
  readonly standing: Standing;
  /** Where it waits for a lock: what is locked, and by whom. */
  readonly relation?: string;
  readonly blockers?: readonly Blocker[];
}

const WAITING = `
SELECT w.locktype, coalesce(w.relation::pg_catalog.regclass::text, w.locktype), b.pid::text, b.usename,
  b.application_name, b.state, floor(extract(epoch FROM clock_timestamp() - b.xact_start))::text
FROM pg_catalog.pg_stat_activity a
LEFT JOIN LATERAL (
  SELECT l.locktype, l.relation, pg_catalog.pg_blocking_pids(a.pid) AS blockers
  FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1
) w ON true
LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = ANY (w.blockers)
WHERE a.pid = $1
ORDER BY b.xact_start`;

/**
 * What the backend of that process id does. Never rejects.
 * @param client - not connected yet; it is ended here
 * @param patienceMs - longer than this no answer is waited for
 */
export async function inquire(client: pg.Client, pid: number, patienceMs: number): Promise<Inquiry> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Inquiry>((resolve) => {
    timer = setTimeout(() => resolve({ standing: 'silent' }), patienceMs);
  });
  try {
    return await Promise.race([ask(client, pid), silence]);
  } catch (error) {
    // A server that sends us away is alive; behind a pooler, or full, it just can't tell.
    return { standing: sqlStateOf(error) === undefined ? 'silent' : 'unknown' };
  } finally {
    clearTimeout(timer);
    client.connection.stream.destroy();
  }
}

async function ask(client: pg.Client, pid: number): Promise<Inquiry> {
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<(string | null)[]>({ text: WAITING, values: [pid], rowMode: 'array' });
  const [first] = rows;
  // A pooler gives process ids of its own.
  if (first === undefined) return { standing: 'unknown' };
  if (first[0] === null) return { standing: 'works' };
  const blockers = rows.flatMap(([, , id = null, user = null, application = null, state = null, seconds = null]) =>
    id === null ? [] : [{ pid: id, user, application, state, seconds }],
  );
  return { standing: 'waits for a lock', relation: first[1] ?? '', blockers };
}

const BLOCKERS_SHOWN = 3;

/** One line for the user: what is waited for, for whom, and how long at most. */
export function describeWait({ relation = '', blockers = [] }: Inquiry, lockMs: number): string {
  const shown = blockers.slice(0, BLOCKERS_SHOWN).map(describeBlocker);
  const more = blockers.length > BLOCKERS_SHOWN ? ` and ${blockers.length - BLOCKERS_SHOWN} more` : '';
  const whom = shown.length > 0 ? `, held by ${shown.join(', ')}${more}` : '';
  return `waiting for a lock on ${escapeControls(relation)}${whom}; for ${lockMs / 1000} s at most (plugins.postgres.lockTimeoutSeconds)`;
}

/** What it runs is left out: a statement quotes values. */
function describeBlocker({ pid, user, application, state, seconds }: Blocker): string {
  const idle = state?.startsWith('idle in transaction') ? `${state} ` : '';
  const since = seconds === null ? '' : `${idle}for ${seconds} s`;
  const facts = [user, application, since].filter((fact) => fact).map((fact) => shorten(String(fact)));
  return `process ${pid}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}
