import { createHash } from 'node:crypto';
import { type ColumnPlan, quoteIdentifier } from '@snapkeep/sdk';
import type { Engine } from './engine.ts';

type HashColumn = Pick<ColumnPlan, 'name' | 'fileType'>;

const MODULUS = 1n << 128n;

/**
 * A value's canonical text, self-delimiting: `<bytes>:<text>` where any text can stand, `<text>;` where the
 * text has a fixed alphabet, `~;` for NULL. docs/formats.md is the definition, for whoever computes it elsewhere.
 */
function canonical({ name, fileType }: HashColumn): string {
  const value = quoteIdentifier(name);
  switch (fileType) {
    case 'VARCHAR':
    case 'JSON':
      return `coalesce(strlen(${value}) || ':' || ${value}::VARCHAR, '~;')`;
    case 'BLOB':
      return `coalesce(lower(hex(${value})) || ';', '~;')`;
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return `coalesce(epoch_us(${value}) || ';', '~;')`;
    default:
      return `coalesce(${value}::VARCHAR || ';', '~;')`;
  }
}

/** The part of the hash that names and types give, so that a renamed column is a change. */
function headerHash(columns: readonly HashColumn[]): bigint {
  const header = JSON.stringify(columns.map(({ name, fileType }) => [name, fileType]));
  return BigInt(`0x${createHash('sha256').update(header).digest('hex').slice(0, 32)}`);
}

/**
 * `v1:` and the sum, modulo 2^128, of the first 128 bits of SHA-256 over the header and over each row's
 * canonical text. The order of rows doesn't matter.
 *
 * @param relation - what to read, as SQL names it; columns by their own names
 */
export async function contentHash(engine: Engine, relation: string, columns: readonly HashColumn[]): Promise<string> {
  const text = `concat(${columns.map(canonical).join(', ')})`;
  const half = (from: number) => `sum(('0x' || substr(hash, ${from}, 16))::UBIGINT)::VARCHAR`;
  const { high, low } = await engine.row(
    `SELECT ${half(1)} AS high, ${half(17)} AS low FROM (SELECT sha256(${text}) AS hash FROM ${relation})`,
  );
  const rows = (BigInt(String(high ?? 0)) << 64n) + BigInt(String(low ?? 0));
  return `v1:${((headerHash(columns) + rows) % MODULUS).toString(16).padStart(32, '0')}`;
}
