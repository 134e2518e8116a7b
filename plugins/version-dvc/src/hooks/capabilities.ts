import { defineCapability, type EventHandler } from '@snapkeep/sdk';

const hook: EventHandler<'capabilities'> = async () => [
  defineCapability('versionStore', 'dvc', async () => (await import('../dvc-store.ts')).dvcStore),
];

export default hook;
