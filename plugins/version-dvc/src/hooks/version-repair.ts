import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:repair'> = forStore('dvc', async (event) => {
  const { repairSnapshots } = await import('../repair.ts');
  return repairSnapshots(event, withOwnSettings(event.context));
});

export default hook;
