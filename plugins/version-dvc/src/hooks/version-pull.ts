import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:pull'> = forStore('dvc', async (event) => {
  const { pullSnapshots } = await import('../remote/pull.ts');
  return pullSnapshots(event.snapshots, event.remote, withOwnSettings(event.context));
});

export default hook;
