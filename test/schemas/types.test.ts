import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../host/temp-cli.ts';
import { publishedNames, readPublished, SCHEMAS } from './published.ts';

/** The type that each published schema describes: the module that exports it, relative to the repository, and its name. */
const TYPES: Readonly<Record<string, readonly (readonly [module: string, type: string])[]>> = {
  'plan.schema.json': [['plugins/sdk/src/plan.ts', 'ExportPlan']],
  'manifest.schema.json': [['plugins/sdk/src/manifest.ts', 'Manifest']],
  'note-line.schema.json': [['src/store/notes-file.ts', 'NoteLine']],
  'removed-line.schema.json': [['src/store/removed-file.ts', 'RemovedLine']],
  'version-line.schema.json': [['src/store/versions-file.ts', 'VersionLine']],
  'results/config-show.schema.json': [['src/host/config/show.ts', 'ShownConfig']],
  'results/demo.schema.json': [['src/pipeline/demo/demo.ts', 'DemoResult']],
  'results/doctor.schema.json': [['src/pipeline/doctor.ts', 'DoctorResult']],
  'results/export.schema.json': [
    ['src/pipeline/export/result.ts', 'ExportResult'],
    ['src/pipeline/export/result.ts', 'ExportPreview'],
  ],
  'results/init.schema.json': [['src/pipeline/init/init.ts', 'InitResult']],
  'results/quarantine-export.schema.json': [['src/pipeline/quarantine/export.ts', 'ExportedQuarantine']],
  'results/quarantine-list.schema.json': [['src/pipeline/quarantine/list.ts', 'QuarantineList']],
  'results/quarantine-replay.schema.json': [['src/pipeline/quarantine/replay.ts', 'ReplayResult']],
  'results/quarantine-show.schema.json': [['src/pipeline/quarantine/show.ts', 'ShownQuarantine']],
  'results/query.schema.json': [['src/commands/query.ts', 'QueryResult']],
  'results/run.schema.json': [
    ['src/pipeline/run/request.ts', 'RunResult'],
    ['src/pipeline/run/request.ts', 'RunPreview'],
  ],
  'results/schema-check.schema.json': [['src/pipeline/schema/check.ts', 'SchemaCheckResult']],
  'results/schema-diff.schema.json': [['src/pipeline/schema/diff/diff.ts', 'SchemaDiffResult']],
  'results/schema-export.schema.json': [['src/pipeline/schema/odcs/export.ts', 'SchemaExportResult']],
  'results/schema-import.schema.json': [['src/pipeline/schema/odcs/import.ts', 'SchemaImportResult']],
  'results/schema-infer.schema.json': [['src/pipeline/schema/infer/infer.ts', 'SchemaInferResult']],
  'results/schema-plan.schema.json': [['src/pipeline/export/result.ts', 'ExportPreview']],
  'results/schema-types.schema.json': [
    ['src/pipeline/schema/types.ts', 'DatasetTypes'],
    ['src/pipeline/schema/types.ts', 'AllTypes'],
  ],
  'results/sync.schema.json': [['src/pipeline/sync.ts', 'SyncOutcome']],
  'results/validate.schema.json': [['src/pipeline/validate.ts', 'ValidateResult']],
  'results/version-create.schema.json': [['src/pipeline/version/create.ts', 'CreateResult']],
  'results/version-diff.schema.json': [['src/pipeline/version/diff/diff.ts', 'DiffResult']],
  'results/version-gc.schema.json': [['src/pipeline/version/gc/gc.ts', 'GcResult']],
  'results/version-list.schema.json': [['src/pipeline/version/list.ts', 'VersionList']],
  'results/version-log.schema.json': [['src/pipeline/version/list.ts', 'VersionList']],
  'results/version-merge.schema.json': [['src/pipeline/version/merge.ts', 'MergeResult']],
  'results/version-note.schema.json': [['src/pipeline/version/note.ts', 'NoteResult']],
  'results/version-pull.schema.json': [['src/pipeline/version/pull.ts', 'PullResult']],
  'results/version-push.schema.json': [['src/pipeline/version/push.ts', 'PushResult']],
  'results/version-rollback.schema.json': [['src/pipeline/version/rollback.ts', 'RollbackResult']],
  'results/version-show.schema.json': [['src/pipeline/version/list.ts', 'ShownVersion']],
  'results/version-tag.schema.json': [['src/pipeline/version/tag.ts', 'TagResult']],
  'results/version-verify.schema.json': [['src/pipeline/version/verify.ts', 'VerifyResult']],
};

/** What the configuration, the envelope and the parts say is held against real documents elsewhere. */
const NOT_OF_ONE_TYPE = ['common', 'config', 'envelope', 'error'].map((name) => `${name}.schema.json`);

/** Equal both ways, and again with every optional field required: `{}` and `{a?: string}` take each other. */
const COMPARISON = `
type Plain<T> = T extends string | number | boolean | null | undefined ? T
  : unknown extends T ? unknown
  : string extends keyof T ? { [key: string]: JsonSchema extends T ? unknown : Plain<T[keyof T]> }
  : T extends readonly (infer Item)[] ? Plain<Item>[]
  : { -readonly [K in keyof T]: Plain<T[K]> };
type Whole<T> = T extends string | number | boolean | null | undefined ? T
  : T extends readonly (infer Item)[] ? Whole<Item>[]
  : { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> };
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? 'same' : 'the schema allows more') : 'the schema allows less';
`;

/** The generator takes a schema that says nothing for an object; it means any value. */
function anyValue(_key: string, node: unknown): unknown {
  const keywords = typeof node === 'object' && node !== null ? Object.keys(node) : [];
  const saysNothing =
    keywords.includes('title') && keywords.every((name) => name === 'title' || name === 'description');
  return saysNothing ? { tsType: 'unknown' } : node;
}

async function readReferenced({ url }: { url: string }): Promise<string> {
  const text = await readFile(url.startsWith('file:') ? fileURLToPath(url) : url, 'utf8');
  return JSON.stringify(JSON.parse(text, anyValue));
}

async function moduleOf(name: string, types: (typeof TYPES)[string]): Promise<string> {
  const schema = JSON.parse(JSON.stringify(await readPublished(name)), anyValue);
  const published = await compile({ ...schema, title: 'Published' }, 'Published', {
    cwd: path.dirname(path.join(SCHEMAS, name)) + path.sep,
    format: false,
    strictIndexSignatures: false,
    $refOptions: { resolve: { file: { order: 1, read: readReferenced } } },
  });
  const imports = types.map(
    ([module, type], index) =>
      `import type { ${type} as Source${index} } from ${JSON.stringify(path.join(REPOSITORY, module))};`,
  );
  const union = types.map((_, index) => `Source${index}`).join(' | ');
  return `import type { JsonSchema } from '@snapkeep/sdk';
${imports.join('\n')}
${published}
${COMPARISON}
type Ours = Plain<${union}>;
type Theirs = Plain<Published>;
export const sameFields: Same<Ours, Theirs> = 'same';
export const sameOptionalFields: Same<Whole<Ours>, Whole<Theirs>> = 'same';
`;
}

test('every published schema and the type that it describes are equal', { timeout: 180_000 }, async () => {
  const names = await publishedNames();
  expect(Object.keys(TYPES).concat(NOT_OF_ONE_TYPE).sort()).toEqual([...names].sort());
  const folder = path.join(REPOSITORY, '.tmp', `types-${process.pid}`);
  await mkdir(folder, { recursive: true });
  try {
    const files = await Promise.all(
      Object.entries(TYPES).map(async ([name, types]) => {
        const file = path.join(folder, `${name.replaceAll('/', '-').replace('.schema.json', '')}.ts`);
        await writeFile(file, await moduleOf(name, types));
        return file;
      }),
    );
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      types: ['node'],
    });
    const wrong = files.flatMap((file) =>
      ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(({ messageText, start }) => {
        const line = program.getSourceFile(file)?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
        const text = program.getSourceFile(file)?.text.split('\n')[line];
        return `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')} (${text})`;
      }),
    );
    expect(wrong).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
