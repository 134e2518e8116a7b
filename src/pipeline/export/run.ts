import type { TogetherRun } from '@snapkeep/sdk';
import type { Transaction } from '../../store/transaction.ts';
import type { Dataset } from '../dataset.ts';
import type { Reference } from '../quality/references.ts';
import type { Runtime } from '../runtime.ts';
import type { Compatibility } from '../schema/diff/levels.ts';
import type { Phases } from './phases.ts';
import type { ExportRequest } from './request.ts';

/** What the steps of one dataset's export share. */
export interface Run {
  readonly runtime: Runtime;
  readonly request: ExportRequest;
  readonly dataset: Dataset;
  readonly transaction: Transaction;
  readonly phases: Phases;
  readonly warnings: string[];
  readonly compatibility: Compatibility | undefined;
  readonly references: ReadonlyMap<number, Reference>;
  /** Places of rules that are asked later, when the snapshots to which they refer are made. */
  readonly later?: ReadonlySet<number>;
  /** Where several datasets are read at one instant. */
  readonly together?: TogetherRun;
}
