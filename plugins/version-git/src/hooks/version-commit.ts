import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:commit'> = forStore('git', async (event) => {
  const { commitVersions } = await import('../commit.ts');
  return commitVersions(event, event.context);
});

export default hook;
