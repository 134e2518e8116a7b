import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { type FoundDvc, forgetDvc, VENV_FOLDERS } from '../find-dvc.ts';
import { cloneEnvironment, environmentTemplate } from './environment-template.ts';
import { findUv } from './find-uv.ts';
import { readMarker, writeMarker } from './marker.ts';
import { runProgram } from './program.ts';

const REQUIREMENTS = fileURLToPath(new URL('../../requirements.txt', import.meta.url));

/**
 * Installs the pinned DVC with its pinned dependencies, hashes checked, into a virtual environment of
 * the project: `.venv`, or `.snapkeep/venv` where `.venv` is somebody else's. What was cut short is
 * done again from the start; it is never taken for an installation.
 * @throws SNAPKEEP_DVC_MISSING
 */
export async function installDvc(context: PluginContext): Promise<FoundDvc> {
  const startedMs = Date.now();
  const requirements = await readFile(REQUIREMENTS, 'utf8');
  const sha256 = createHash('sha256').update(requirements).digest('hex');
  const pinned = /^dvc==(\S+)/m.exec(requirements)?.[1] ?? 'unknown';
  const folder = await chooseFolder(context);
  const venv = join(context.root, folder);
  context.log.info(`DVC ${pinned} is installed into ${folder}.`);
  const task = context.progress.start(`Installing DVC ${pinned}`);
  try {
    const uv = await findUv(context);
    await mkdir(venv, { recursive: true });
    await writeMarker(venv, { state: 'installing', version: pinned, requirements: sha256 });
    const template = await environmentTemplate(uv, { file: REQUIREMENTS, sha256, version: pinned }, context);
    await cloneEnvironment(template, venv);
    const command = join(venv, 'bin', 'dvc');
    const version = (await runProgram(command, ['--version'], context)).trim();
    await writeMarker(venv, { state: 'ready', version, requirements: sha256 });
    forgetDvc();
    context.log.verbose(`DVC ${version} was installed in ${((Date.now() - startedMs) / 1000).toFixed(1)} s.`);
    return { command, version };
  } finally {
    task.end();
  }
}

/** The first folder that is not there, empty, or ours already. */
async function chooseFolder(context: PluginContext): Promise<string> {
  for (const folder of VENV_FOLDERS) {
    const venv = join(context.root, folder);
    const names = await readdir(venv).catch(() => []);
    if (names.length === 0 || (await readMarker(venv)) !== undefined) return folder;
  }
  throw new SnapkeepError('SNAPKEEP_DVC_MISSING', `${VENV_FOLDERS.join(' and ')} hold something else already.`, {
    hint: `Remove ${VENV_FOLDERS[1]}, or install DVC 3.50 or newer yourself.`,
  });
}
