import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { checkConfig } from './check.ts';
import { type ConnectionChoice, chooseConnection, passwordWarning } from './connection.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { interpolate, substitute } from './interpolate.ts';
import { type Layer, mergeLayers } from './layers.ts';
import { locateProject } from './locate.ts';
import { checkPaths } from './paths.ts';
import { pointerOf } from './pointer.ts';
import { chooseProfile } from './profile.ts';
import { readConfigFile } from './read-file.ts';
import type { ConfigFlags, HostConfig, LoadedConfig, Origin } from './types.ts';

const DEFAULTS = {
  connection: {},
  dataDirectory: 'data',
  datasets: {},
  capabilities: { source: 'postgres', validator: 'ajv', writer: 'parquet', versionStore: ['dvc', 'git'] },
  plugins: {},
} as const;

export interface LoadRequest {
  readonly cwd: string;
  readonly processEnv: NodeJS.ProcessEnv;
  readonly flags: ConfigFlags;
  /** False for commands that must work where the configuration is absent or broken. */
  readonly readFiles: boolean;
}

/** Flags over environment over `.env` over the project's file over the user's file over the defaults. */
export async function loadConfig({ cwd, processEnv, flags, readFiles }: LoadRequest): Promise<LoadedConfig> {
  const named = nameOf(flags.config, processEnv.SNAPKEEP_CONFIG);
  const { root, file } = readFiles ? await locateProject(cwd, named) : { root: await realpath(cwd), file: null };
  const environment = await readEnvironment(root, processEnv);
  const layers: Layer[] = [{ value: DEFAULTS, originOf: () => 'default' }];
  if (readFiles) {
    const userFile = path.join(
      processEnv.XDG_CONFIG_HOME || path.join(homedir(), '.config'),
      'snapkeep',
      'config.yaml',
    );
    if (existsSync(userFile)) layers.push(await fileLayer(userFile, cwd, environment));
    if (file !== null) layers.push(await fileLayer(file, cwd, environment));
  }
  const files = mergeLayers(layers);
  const profile = readFiles ? chooseProfile(flags.profile, environment, files.value) : undefined;
  if (profile) layers.push(profileLayer(profile.name, files.value, files.origins));
  const { value, origins } = mergeLayers(layers);

  const fileUrl = urlOf(value.connection, origins);
  const profileUrl = profile && namesUrl(files.value, profile.name) ? fileUrl : undefined;
  const connection = chooseConnection({ flag: flags.url, environment, profile, profileUrl, fileUrl });
  if (connection) origins.set('/connection/url', connection.origin);
  const { profile: _profile, profiles: _profiles, $schema: _schema, ...effective } = value;
  // Flags and variables are taken as they are; only what a file says may refer to the environment.
  const literal = connection && connection !== fileUrl;
  const config = {
    file,
    ...interpolate(literal ? { ...effective, connection: {} } : effective, environment),
    ...(literal ? { connection: { url: connection.url } } : {}),
  } as HostConfig;
  checkPaths(config, origins);
  return {
    root,
    profile: profile?.name ?? null,
    config,
    env: environment.env,
    origins,
    warnings: [passwordWarning(flags.url), leftWarning(environment.left)].filter((text) => text !== undefined),
  };
}

function leftWarning(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return `.env sets ${names.join(', ')}, which decides how programs run and is taken from the environment only: left out`;
}

function nameOf(flag: string | undefined, variable: string | undefined): { file: string; by: string } | undefined {
  if (flag !== undefined) return { file: flag, by: '--config' };
  return variable ? { file: variable, by: 'SNAPKEEP_CONFIG' } : undefined;
}

async function fileLayer(file: string, cwd: string, environment: Environment): Promise<Layer> {
  const source = await readConfigFile(file, cwd);
  await checkConfig(substitute(source.value, environment), source);
  return {
    value: source.value,
    originOf(parts) {
      const place = source.place(parts, 'key');
      return place ? `${source.shown}:${place.line}` : source.shown;
    },
  };
}

/** The block of the profile, its origins those that it has in its file. */
function profileLayer(
  name: string,
  files: Readonly<Record<string, unknown>>,
  origins: ReadonlyMap<string, Origin>,
): Layer {
  const { profiles } = files as { profiles: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  return {
    value: profiles[name] ?? {},
    originOf: (parts) => `profile ${name}, ${origins.get(pointerOf(['profiles', name, ...parts])) ?? 'configuration'}`,
  };
}

function namesUrl(files: Readonly<Record<string, unknown>>, profile: string): boolean {
  const { profiles } = files as { profiles: Readonly<Record<string, { connection?: { url?: unknown } }>> };
  return profiles[profile]?.connection?.url !== undefined;
}

function urlOf(connection: unknown, origins: ReadonlyMap<string, Origin>): ConnectionChoice | undefined {
  const { url } = connection as { url?: unknown };
  return typeof url === 'string' ? { url, origin: origins.get('/connection/url') ?? 'configuration' } : undefined;
}
