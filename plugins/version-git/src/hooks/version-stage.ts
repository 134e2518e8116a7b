import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:stage'> = forStore('git', async (event) => {
  const { readSettings } = await import('../settings.ts');
  if (!readSettings(event.context).commit) return undefined;
  const { stagePaths } = await import('../stage.ts');
  return stagePaths(event, event.context);
});

export default hook;
