import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:evict'> = forStore('dvc', async (event) => {
  const { evictSnapshots } = await import('../evict.ts');
  return evictSnapshots(event, withOwnSettings(event.context));
});

export default hook;
