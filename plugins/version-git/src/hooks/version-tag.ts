import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:tag'> = forStore('git', async (event) => {
  const { changeTags } = await import('../tags.ts');
  return changeTags(event, event.context);
});

export default hook;
