import { access, appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readDvcConfig } from './dvc-config.ts';
import { runDvc } from './run-dvc.ts';
import { writerOf } from './settings.ts';

/**
 * A snapshot is not stored twice: hard links come first, because DVC 3.67 takes a plain copy for a
 * reflink, and with `reflink,hardlink,copy` leaves two copies on every file system without reflinks.
 * It also makes `dvc add` link the file into the cache, in place of a copy and an unlink.
 */
const CACHE_TYPE = 'hardlink,reflink,copy';

/** What `dvc config` would write, without starting DVC four times. `core` is what init wrote itself: `no_scm`, or nothing. */
function settings(core: string): string {
  return `[core]
    analytics = false
    check_update = false
    autostage = false
${core}[cache]
    type = "${CACHE_TYPE}"
`;
}

/** DVC looks for pointers everywhere but there. */
const IGNORED = `
# What snapkeep keeps for itself.
/.snapkeep
/.venv
`;

/**
 * Makes the project a DVC repository where it isn't one; where it is, only a missing `cache.type` is set.
 * @throws SNAPKEEP_GIT_NO_REPOSITORY, SNAPKEEP_DVC_MISSING, SNAPKEEP_DVC_FAILED
 */
export async function initialiseDvc(context: PluginContext): Promise<void> {
  const config = await readDvcConfig(context);
  if (config !== undefined) {
    if (config.cacheType === undefined) await setCacheType(context);
    return;
  }
  const flags = await scmFlags(context);
  if (writerOf(context) === 'native') await initialiseNatively(flags, context);
  else await runDvc(['init', '--quiet', ...flags], context);
  const path = join(context.root, '.dvc', 'config');
  const written = await readFile(path, 'utf8');
  await writeFile(path, settings(written.replace(/^\[core\]\n/, '')));
  await appendFile(join(context.root, '.dvcignore'), IGNORED);
  context.log.info(`A DVC repository was made in ${context.root}.`);
}

async function setCacheType(context: PluginContext): Promise<void> {
  if (writerOf(context) === 'dvc') {
    await runDvc(['config', '--', 'cache.type', CACHE_TYPE], context);
    return;
  }
  await appendFile(join(context.root, '.dvc', 'config'), `[cache]\n    type = "${CACHE_TYPE}"\n`);
}

/** The files that `dvc init` writes (3.67.1). */
async function initialiseNatively(flags: readonly string[], context: PluginContext): Promise<void> {
  const folder = join(context.root, '.dvc');
  await mkdir(join(folder, 'tmp'), { recursive: true });
  await writeFile(join(folder, '.gitignore'), '/config.local\n/tmp\n/cache\n');
  await writeFile(join(folder, 'config'), flags.includes('--no-scm') ? '[core]\n    no_scm = True\n' : '');
  const about = ['Add patterns of files dvc should ignore, which could improve', 'the performance. Learn more at'];
  const lines = [...about, 'https://dvc.org/doc/user-guide/dvcignore'].map((line) => `# ${line}\n`);
  await writeFile(join(context.root, '.dvcignore'), lines.join(''), { flag: 'a' });
}

async function scmFlags(context: PluginContext): Promise<readonly string[]> {
  if (context.settings.scm === false) return ['--no-scm'];
  const top = await gitTop(context.root);
  if (top === undefined) {
    throw new SnapkeepError(
      'SNAPKEEP_GIT_NO_REPOSITORY',
      `No git work tree around ${context.root}, and DVC wants one.`,
      {
        hint: 'Run git init there; without git set plugins.dvc.scm to false.',
      },
    );
  }
  return top === context.root ? [] : ['--subdir'];
}

async function gitTop(folder: string): Promise<string | undefined> {
  try {
    await access(join(folder, '.git'));
    return folder;
  } catch {
    return dirname(folder) === folder ? undefined : gitTop(dirname(folder));
  }
}
