import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { findUv } from '../../../plugins/version-dvc/src/install/find-uv.ts';
import { freePort } from '../postgres-server.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../../.tmp', import.meta.url));

/** A bucket of an S3 server (moto) that runs for one test. */
export interface S3 {
  readonly endpoint: string;
  readonly bucket: string;
  /** What its clients need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of the bucket's objects. */
  keys(): Promise<readonly string[]>;
  get(key: string): Promise<Buffer>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

/** @param refusing - from the making of the bucket on the server knows nobody's keys */
export async function startS3({ refusing = false } = {}): Promise<S3> {
  const port = await freePort();
  const server = execa(
    path.join(await environment(), 'bin', 'python'),
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`],
    {
      env: refusing ? { INITIAL_NO_AUTH_ACTION_COUNT: '1' } : {},
      reject: false,
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await server;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = `bucket-${randomBytes(4).toString('hex')}`;
  const call = async (key: string, method: string, body?: Uint8Array): Promise<Buffer> => {
    const response = await fetch(`${endpoint}/${bucket}${key}`, {
      method,
      ...(body ? { body: Buffer.from(body) } : {}),
    });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${method} ${key}: ${response.status} ${answer.toString()}`);
    return answer;
  };
  for (let attempt = 0; ; attempt += 1) {
    const made = await call('', 'PUT').catch((error: unknown) => error);
    if (Buffer.isBuffer(made)) break;
    if (attempt > 200) throw made;
    await sleep(100);
  }
  return {
    endpoint,
    bucket,
    env: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'us-east-1' },
    keys: async () =>
      [...(await call('?list-type=2', 'GET')).toString().matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key ?? ''),
    get: (key) => call(`/${key}`, 'GET'),
    put: async (key, bytes) => void (await call(`/${key}`, 'PUT', bytes)),
    remove: async (key) => void (await call(`/${key}`, 'DELETE')),
  };
}

/** One virtual environment for all tests, kept between runs until the requirements change. */
async function environment(): Promise<string> {
  const sha256 = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  const venv = path.join(FOLDER, `s3-${sha256.slice(0, 12)}`);
  if (await exists(venv)) return venv;
  await mkdir(FOLDER, { recursive: true });
  const staged = await mkdtemp(`${venv}.`);
  try {
    const uv = await findUv(createTestContext({ root: FOLDER, env: process.env }));
    await execa(uv, ['venv', '--quiet', '--allow-existing', '--relocatable', '--python', '>=3.9', staged]);
    const options = ['--quiet', '--no-deps', '--require-hashes', '--compile-bytecode'];
    const python = path.join(staged, 'bin', 'python');
    await execa(uv, ['pip', 'install', ...options, '--python', python, '-r', REQUIREMENTS]);
    await rename(staged, venv).catch(async (error: unknown) => {
      if (!(await exists(venv))) throw error;
    });
    return venv;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
