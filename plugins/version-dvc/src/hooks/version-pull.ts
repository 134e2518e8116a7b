import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:pull'> = forStore('dvc', async (event) => {
  const { pullSnapshots } = await import('../remotes.ts');
  await pullSnapshots(event.snapshots, event.remote, event.context);
  return undefined;
});

export default hook;
