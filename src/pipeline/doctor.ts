import { type CapabilityKind, ERRORS, isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';
import { checkDatasets } from './doctor/datasets.ts';
import { bad, type Finding } from './doctor/finding.ts';
import { checkConfiguration, checkPlugins } from './doctor/setup.ts';
import { checkSource } from './doctor/source.ts';
import { checkStorage } from './doctor/storage.ts';
import { checkSystem } from './doctor/system.ts';
import { checkStores, fixStores } from './doctor/version-stores.ts';
import type { Runtime } from './runtime.ts';

export type { Finding };

/** One capability that a plugin provides. */
export interface ListedCapability {
  readonly kind: CapabilityKind;
  readonly name: string;
  readonly plugin: string;
  readonly version: string;
}

/** The one verb that looks at the plugins themselves. */
export interface DoctorRuntime extends Runtime {
  capabilities(): Promise<readonly ListedCapability[]>;
}

/** The `data` of `doctor --json`; where a check fails it is the error's `details`. */
export interface DoctorResult {
  /** Whether everything is there that the commands need. */
  readonly ok: boolean;
  readonly checks: readonly Finding[];
  /** Empty where plugins could not be asked. */
  readonly capabilities: readonly ListedCapability[];
}

/**
 * What is there and what is missing. Nothing is changed, but by `fix`: then every version store first puts right
 * what it can (git init, DVC into the project).
 */
export async function examineProject(runtime: DoctorRuntime, { fix = false } = {}): Promise<DoctorResult> {
  // A source may take a second to answer, and waits for nothing that the others find.
  const source = checkSource(runtime);
  source.catch(() => undefined);
  const machine = await checkSystem(runtime);
  let capabilities: readonly ListedCapability[] = [];
  let checks: Finding[];
  try {
    // One broken plugin keeps all of them from being asked.
    capabilities = await runtime.capabilities();
    checks = await checkAll(runtime, source, fix);
  } catch (error) {
    runtime.signal.throwIfAborted();
    if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_PLUGIN_INVALID') throw error;
    checks = [bad('plugins', 'plugins', error)];
  }
  const all = [...machine, ...checks, ...(await checkStorage(runtime)), ...(await checkDatasets(runtime))];
  return { ok: all.every(({ ok }) => ok), checks: all, capabilities };
}

async function checkAll(runtime: Runtime, source: Promise<Finding[]>, fix: boolean): Promise<Finding[]> {
  const unfixed = fix ? await fixStores(runtime) : [];
  return [
    ...(await checkConfiguration(runtime)),
    ...(await checkPlugins(runtime)),
    ...unfixed,
    ...(await checkStores(runtime)),
    ...(await source),
  ];
}

/** The error with which `doctor` ends: that of the failed check with the highest exit code. */
export function doctorFailure(result: DoctorResult): SnapkeepError | undefined {
  const missing = result.checks.filter(({ ok }) => !ok);
  const exitCode = ({ code }: Finding) => ERRORS[code ?? 'SNAPKEEP_INTERNAL'].exitCode;
  const [worst] = missing.toSorted((a, b) => exitCode(b) - exitCode(a));
  if (!worst) return undefined;
  const names = missing.map(({ name }) => name).join(', ');
  return new SnapkeepError(worst.code ?? 'SNAPKEEP_INTERNAL', `something is missing: ${names}`, {
    hint: worst.hint ?? undefined,
    details: { ...result },
  });
}
