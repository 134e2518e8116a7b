import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:restore'> = forStore('dvc', async (event) => {
  const { restoreSnapshots } = await import('../restore.ts');
  return restoreSnapshots(event, withOwnSettings(event.context));
});

export default hook;
