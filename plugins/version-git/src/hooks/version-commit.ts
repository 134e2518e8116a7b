import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:commit'> = forStore('git', async (event) => {
  if (event.committed) {
    const { completeCommit } = await import('../complete.ts');
    return completeCommit(event.paths, event.context);
  }
  const { commitVersions } = await import('../commit.ts');
  return commitVersions(event, event.context);
});

export default hook;
