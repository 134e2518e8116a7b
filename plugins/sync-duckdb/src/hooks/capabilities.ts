import { defineCapability, type EventHandler } from '@snapkeep/sdk';

/** Tells snapkeep what this package provides; DuckDB itself is loaded when it is used. */
const capabilities: EventHandler<'capabilities'> = async () => [
  defineCapability('syncTarget', 'duckdb', async () => (await import('../target.ts')).duckdbTarget),
];

export default capabilities;
