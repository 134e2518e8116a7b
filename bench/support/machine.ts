import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type pg from 'pg';

/** What figures were taken on. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly postgres?: string;
}

export async function describeMachine(client?: pg.Client): Promise<Machine> {
  const version = client && (await client.query<{ server_version: string }>('SHOW server_version')).rows[0];
  return {
    system: `${platform()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    ...(version ? { postgres: version.server_version } : {}),
  };
}
