import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:restore'> = forStore('dvc', async (event) => {
  const { restoreSnapshots } = await import('../restore.ts');
  return restoreSnapshots(event.snapshots, event.context);
});

export default hook;
