import { defineCapability, type EventHandler } from '@snapkeep/sdk';

const hook: EventHandler<'capabilities'> = async () => [
  defineCapability('versionStore', 'git', async () => (await import('../git-store.ts')).gitStore),
];

export default hook;
