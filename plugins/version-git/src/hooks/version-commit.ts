import { type EventHandler, forStore } from '@snapkeep/sdk';

const hook: EventHandler<'version:commit'> = forStore('git', async (event) => {
  if (event.committed) {
    const { completeCommit } = await import('../complete.ts');
    return completeCommit(event, event.context);
  }
  const { readSettings } = await import('../settings.ts');
  if (!readSettings(event.context).commit) {
    event.context.log.info('plugins.git.commit is false: the files are written, nothing is committed or tagged.');
    return undefined;
  }
  const { commitVersions } = await import('../commit.ts');
  return commitVersions(event, event.context);
});

export default hook;
