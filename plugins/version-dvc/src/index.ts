/** The version store `dvc`: snapshots tracked by DVC, which this package can also install into a project. */
export { DVC_PROJECT_FILES, dvcStore, SNAPSHOTS_IGNORED } from './dvc-store.ts';
export { installDvc } from './install/install-dvc.ts';
