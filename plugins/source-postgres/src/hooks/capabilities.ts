import { defineCapability, type EventHandler } from '@snapkeep/sdk';

// pg and PGlite cost start-up time: they are imported when the source is used, not when it is listed.
const capabilities: EventHandler<'capabilities'> = async () => [
  defineCapability('source', 'postgres', async () => (await import('../postgres-source.ts')).openSource()),
];

export default capabilities;
