import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:push'> = forStore('dvc', async (event) => {
  const { pushSnapshots } = await import('../remote/push.ts');
  return pushSnapshots(event.snapshots, event.remote, withOwnSettings(event.context));
});

export default hook;
