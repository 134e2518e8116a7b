import { type EventHandler, forStore } from '@snapkeep/sdk';
import { withOwnSettings } from '../own-settings.ts';
import { writerOf } from '../settings.ts';

const hook: EventHandler<'version:track'> = forStore('dvc', async (event) => {
  const context = withOwnSettings(event.context);
  if (writerOf(context) === 'native') {
    const { trackNatively } = await import('../native/track.ts');
    return trackNatively(event.snapshot, context);
  }
  const { trackSnapshot } = await import('../track.ts');
  return trackSnapshot(event.snapshot, context);
});

export default hook;
