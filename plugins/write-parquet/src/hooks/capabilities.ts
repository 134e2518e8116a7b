import { defineCapability, type EventHandler } from '@snapkeep/sdk';

/** Tells snapkeep what this package provides. */
const capabilities: EventHandler<'capabilities'> = async () => [
  defineCapability('writer', 'parquet', async () => (await import('../parquet-writer.ts')).parquetWriter),
];

export default capabilities;
