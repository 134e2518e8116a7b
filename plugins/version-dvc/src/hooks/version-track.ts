import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';

const hook: EventHandler<'version:track'> = forStore('dvc', async (event) => {
  const { trackSnapshot } = await import('../track.ts');
  return trackSnapshot(event.snapshot, withOwnSettings(event.context));
});

export default hook;
