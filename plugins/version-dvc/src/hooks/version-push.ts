import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:push'> = forStore('dvc', async (event) => {
  const { pushSnapshots } = await import('../remotes.ts');
  await pushSnapshots(event.snapshots, event.remote, event.context);
  return undefined;
});

export default hook;
