import { type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';

/**
 * Variables that would make an installation another one than the pinned: foreign environments and
 * paths, and the wish for no bytecode, without which every start of DVC takes twice as long.
 */
const REMOVED = ['PYTHONDONTWRITEBYTECODE', 'PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', 'CONDA_PREFIX'];

function installEnvironment(context: PluginContext): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...context.env };
  for (const name of REMOVED) delete env[name];
  // uv does not read pip's settings: a mirror or a certificate given to pip holds for uv too.
  if (env.PIP_INDEX_URL && !env.UV_DEFAULT_INDEX && !env.UV_INDEX_URL) env.UV_DEFAULT_INDEX = env.PIP_INDEX_URL;
  if (env.PIP_CERT && !env.SSL_CERT_FILE) env.SSL_CERT_FILE = env.PIP_CERT;
  return { ...env, UV_NO_PROGRESS: '1', UV_PYTHON_PREFERENCE: env.UV_PYTHON_PREFERENCE ?? 'system' };
}

/** Runs a program of the installation. @throws SNAPKEEP_DVC_MISSING with its last line */
export async function runProgram(
  program: string,
  args: readonly string[],
  context: PluginContext,
  cwd: string = context.root,
): Promise<string> {
  context.signal.throwIfAborted();
  context.log.debug([program, ...args].map((part) => shorten(part)).join(' '));
  const { execa } = await import('execa');
  const result = await execa(program, args, {
    cwd,
    env: installEnvironment(context),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    cancelSignal: context.signal,
  });
  context.signal.throwIfAborted();
  if (!result.failed) return result.stdout;
  const lines = (result.stderr || result.shortMessage || '').split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const said = shorten(lines.slice(-3).join(' · '), 300);
  throw new SnapkeepError('SNAPKEEP_DVC_MISSING', `DVC could not be installed: ${program} failed: ${said}`, {
    hint: 'Install Python 3.9 or newer and see that the package index is reachable, or install DVC 3.50 or newer yourself.',
    cause: result,
  });
}

/** Whether a program is there and answers. */
export async function answers(
  program: string,
  args: readonly string[],
  context: PluginContext,
): Promise<string | undefined> {
  const env = installEnvironment(context);
  const { execa } = await import('execa');
  const result = await execa(program, args, { env, extendEnv: false, stdin: 'ignore', reject: false });
  return result.failed ? undefined : result.stdout;
}
