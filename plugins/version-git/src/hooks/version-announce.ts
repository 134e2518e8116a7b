import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:announce'> = forStore('git', async (event) => {
  const { announceVersions } = await import('../announce.ts');
  return announceVersions(event, event.context);
});

export default hook;
