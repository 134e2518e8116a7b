/** Which way imports run: docs/adr/0002 and docs/adr/0008. */

const SDK = '^plugins/sdk/(src|dist)/';

/** Of our own code, `from` may import itself and `allowed`, nothing else. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: ['^src/', '^plugins/', '^test/', '^bench/', '^scripts/', '^bin/'], pathNot: [from, SDK, ...allowed] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('store-knows-the-disk-only', '^src/store/', [], 'store: what is on disk; nothing of ours but the SDK'),
    only('engine-knows-duckdb-only', '^src/engine/', [], 'engine: DuckDB; nothing of ours but the SDK'),
    only('pipeline-needs-no-cli', '^src/pipeline/', ['^src/store/', '^src/engine/'], 'the work runs without a CLI'),
    only('host-does-no-work', '^src/host/', [], 'the host knows plugins, configuration and terminal, not the work'),
    only('commands-call-host-and-pipeline', '^src/commands/', ['^src/host/', '^src/pipeline/'], 'flags, one call'),
    only('hooks-call-the-host', '^src/hooks/', ['^src/host/'], 'handlers of the CLI itself'),
    only('sdk-stands-alone', '^plugins/sdk/src/', [], 'the contract imports nothing of ours'),
    {
      name: 'plugins-know-the-sdk-only',
      comment: 'A plugin imports @snapkeep/sdk and packages: never src, never another plugin.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/src/' },
      to: { path: ['^src/', '^plugins/', '^test/', '^bench/', '^scripts/'], pathNot: ['^plugins/$1/src/', SDK] },
    },
    {
      name: 'sdk-by-its-name',
      comment: 'Plugins and src import the SDK as outsiders do: @snapkeep/sdk, not a path.',
      severity: 'error',
      from: { pathNot: '^plugins/sdk/' },
      to: { path: '^plugins/sdk/src/' },
    },
    {
      name: 'oclif-at-the-edge',
      comment: 'Only host, commands, hooks (and the script that documents commands) know oclif.',
      severity: 'error',
      from: { path: ['^src/', '^plugins/[^/]+/src/'], pathNot: '^src/(host|commands|hooks)/' },
      to: { path: 'node_modules/@oclif/' },
    },
    {
      name: 'no-test-in-production',
      severity: 'error',
      from: { path: ['^src/', '^plugins/[^/]+/src/', '^bin/'] },
      to: { path: ['^test/', '^plugins/[^/]+/test/', '^bench/', '^scripts/'] },
    },
    {
      name: 'no-development-package-in-production',
      severity: 'error',
      from: { path: ['^src/', '^plugins/[^/]+/src/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'every-package-declared',
      comment: "Tests use the root's devDependencies; what is shipped declares what it imports.",
      severity: 'error',
      from: { path: ['^src/', '^plugins/[^/]+/src/', '^bin/'] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      comment: 'Nobody imports it and it imports nobody: is it still needed?',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.config\\.ts$', '^plugins/[^/]+/dist/'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['^dist/', '^test/fixtures/'] },
    combinedDependencies: false,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
