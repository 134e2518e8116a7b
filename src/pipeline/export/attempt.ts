import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { readManifest } from '../../store/manifest-file.ts';
import { makePrivateDirectory } from '../../store/private-directory.ts';
import type { Transaction } from '../../store/transaction.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import type { Dataset } from '../dataset.ts';
import { Rejections } from '../invalid/rejections.ts';
import { newReport } from '../invalid/reports.ts';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import type { Runtime } from '../runtime.ts';
import type { Compatibility } from '../schema/diff/levels.ts';
import { demandCompatibility } from './demanded.ts';
import { refuseForeignName } from './ownership.ts';
import type { Phases } from './phases.ts';
import { readRows } from './read.ts';
import type { PlannedSession } from './session.ts';
import { openStaging, type Staging } from './staging.ts';

/** All rows are staged, and the source has ended its transaction: from here on nothing is asked of it any more. */
export interface Reading {
  readonly staging: Staging;
  readonly counts: RowCounts;
  readonly rejections: Rejections;
  /** As they stood before; empty where the export is to be none of them. */
  readonly versions: readonly VersionLine[];
  readonly newest: Manifest | undefined;
  /** Which attempt brought the rows, from 1. */
  readonly attempt: number;
}

interface Place {
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  readonly transaction: Transaction;
  readonly phases: Phases;
  /** What the new version must keep towards the newest. */
  readonly compatibility: Compatibility | undefined;
}

/** One attempt at reading, with a staging area of its own; where it fails nothing is left of it. */
export async function readAttempt(
  { runtime, dataset, transaction, phases, compatibility }: Place,
  planned: PlannedSession,
): Promise<Reading> {
  const { plan, attempt } = planned;
  await refuseForeignName(dataset, plan);
  const report = newReport(runtime.root, plan.dataset);
  const versions = plan.versioned ? await readVersions(transaction.layout) : [];
  const line = versions.at(-1);
  const newest = line && (await readManifest(dataset.layout, line.snapshot));
  demandCompatibility(newest, plan, compatibility, false);
  const directory = join(transaction.directory, `attempt-${attempt}`);
  await makePrivateDirectory(runtime.root, directory);
  const rejections = new Rejections(plan, report, join(directory, 'rejected.csv'));
  const staging = await openStaging(directory, plan, runtime.config.memoryLimitMB);
  try {
    const counts = await phases.measure('read', () => readRows(runtime, planned, staging, rejections));
    return { staging, counts, rejections, versions, newest, attempt };
  } catch (error) {
    staging.close();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
