import { defineCapability, type EventHandler } from '@snapkeep/sdk';

/** Tells snapkeep what this package provides. */
const capabilities: EventHandler<'capabilities'> = async () => [
  defineCapability('writer', 'parquetjs', async () => (await import('../parquetjs-writer.ts')).parquetjsWriter),
];

export default capabilities;
