import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:track'> = forStore('dvc', async (event) => {
  const { trackSnapshot } = await import('../track.ts');
  return trackSnapshot(event.snapshot, event.context);
});

export default hook;
