import type { Measured } from '../alternatives/compare.ts';
import type { Cost } from '../support/processes.ts';
import type { Result } from '../support/results.ts';

/** bench/results/lanes.json */
export interface Lanes extends Result {
  readonly rows: number;
  readonly rounds: number;
  /** What read the floor. */
  readonly floor: string;
  /** `phases`: times of the floor. */
  readonly results: readonly (Cost & {
    readonly name: string;
    readonly ratio: number;
    readonly phases: Readonly<Record<string, number>>;
  })[];
}

export interface Grown {
  readonly rows: number;
  readonly columns: number;
  readonly raw: Cost;
  readonly fast: Cost;
  readonly row: Cost;
}

/** bench/results/growth.json */
export interface Growth extends Result {
  readonly byRows: readonly Grown[];
  readonly byColumns: readonly Grown[];
}

/** bench/results/shapes.json */
export interface Shapes extends Result {
  readonly rounds: number;
  readonly results: readonly {
    readonly table: string;
    readonly about: string;
    readonly rows: number;
    readonly tools: readonly Measured[];
  }[];
}

/** bench/results/memory.json */
export interface Memory extends Result {
  readonly results: readonly (Cost & { readonly rows: number; readonly order: string; readonly lane: string })[];
}

/** bench/results/versions-native.json, versions-dvc.json */
export interface Versions extends Result {
  readonly rounds: number;
  readonly gc: Cost;
  readonly results: readonly {
    readonly versions: number;
    readonly inHead: number;
    readonly command: string;
    readonly cost: Cost;
  }[];
}

/** bench/results/startup.json */
export interface Startup extends Result {
  readonly repeats: number;
  readonly results: readonly { readonly name: string; readonly ms: number; readonly ratio: number }[];
}

/** bench/results/rollback.json */
export interface Rollback extends Result {
  readonly rows: number;
  readonly rounds: number;
  readonly results: readonly { readonly name: string; readonly snapkeep: Cost; readonly gitAndDvc: Cost }[];
}

/** bench/results/diff.json */
export interface Diff extends Result {
  readonly rows: number;
  readonly results: readonly (Cost & { readonly name: string })[];
}

/** bench/results/query.json */
export interface Query extends Result {
  readonly rows: number;
  readonly rounds: number;
  readonly results: readonly {
    readonly question: string;
    readonly sql: string;
    readonly costs: Readonly<Record<string, Cost>>;
  }[];
}

/** bench/results/all.json */
export interface All extends Result {
  readonly minutes: number;
  readonly steps: readonly { readonly name: string; readonly minutes: number; readonly failed?: string }[];
}

/** bench/results/validation.json */
export interface Validation extends Result {
  readonly rows: number;
  readonly bad: number;
  readonly rounds: number;
  readonly results: readonly {
    readonly name: string;
    readonly cpuSeconds: number;
    readonly rowsPerSecond: number;
    readonly rowsPerCpuSecond: number;
  }[];
}

/** bench/results/jobs.json */
export interface Jobs extends Result {
  readonly rows: number;
  readonly rounds: number;
  readonly results: readonly (Cost & { readonly name: string; readonly readSeconds: number })[];
}

/** bench/results/storage.json */
export interface Storage extends Result {
  readonly rows: number;
  readonly targetMB: number;
  readonly results: readonly {
    readonly layout: string;
    readonly day: string;
    readonly files: number;
    readonly changedFiles: number;
    readonly snapshotBytes: number;
    /** Of the files that the version before hasn't. */
    readonly changedBytes: number;
    readonly cacheBytes: number;
    readonly remoteBytes: number;
    readonly exportCpuSeconds: number;
    readonly diffCpuSeconds: number;
  }[];
}
