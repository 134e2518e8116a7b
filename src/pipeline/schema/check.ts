import { isSnapkeepError, type JsonSchema, SnapkeepError, shorten } from '@snapkeep/sdk';
import { type Dataset, resolveDataset } from '../dataset.ts';
import { schemaHash } from '../export/plan.ts';
import { readSchemaFile, readSchemaText } from '../export/schema-file.ts';
import type { Runtime } from '../runtime.ts';
import { checkWithValidator } from '../validator.ts';
import { type ColumnProblem, columnProblems } from './check-columns.ts';
import { duplicateKeys, placeOf, roundedNumbers } from './place.ts';

export interface SchemaCheckRequest {
  /** A dataset of the configuration that has a schema of its own. */
  readonly name?: string | undefined;
  /** A schema's file, absolute or relative to the project, in place of a dataset. */
  readonly file?: string | undefined;
  /** Whether the table itself is asked for its columns; else those of the newest version are taken. */
  readonly live?: boolean | undefined;
}

/** What a schema has to do with a dataset that will not go well. */
export interface SchemaWarning {
  readonly message: string;
  /** JSON pointer into the schema. */
  readonly pointer: string;
  /** In the file, from 1; `null` where the schema does not say it at all. */
  readonly line: number | null;
  readonly column: number | null;
}

/** The `data` of `schema check --json`. */
export interface SchemaCheckResult {
  /** As it was named: relative to the project, or absolute. */
  readonly schema: string;
  /** Of the schema with its keys sorted, as plan and manifest keep it. */
  readonly sha256: string;
  readonly validator: string;
  /** Against whose columns it was held: the table's, those of a version, or nobody's. */
  readonly columnsOf: string | null;
  readonly warnings: readonly SchemaWarning[];
}

/** One thing that is wrong with a schema. */
interface Problem {
  readonly message: string;
  readonly pointer: string;
  readonly hint?: string;
}

/**
 * Whether the validator takes a schema, and the dataset its columns. No connection is opened, unless the table itself is to be
 * asked. @throws SNAPKEEP_SCHEMA_INVALID, SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_USAGE
 */
export async function checkSchema(runtime: Runtime, request: SchemaCheckRequest): Promise<SchemaCheckResult> {
  const { path, dataset } = schemaToCheck(runtime, request);
  const schema = await readCheckedSchema(runtime, path);
  const text = await readSchemaText(runtime, path);
  const twice = await duplicateKeys(text);
  if (twice.length > 0)
    throw refusal(
      path,
      twice.map((place) => ({
        message: 'a name stands twice in one object: readers take the last one',
        pointer: '',
        place,
      })),
    );
  const columns = dataset && (await columnProblems(runtime, dataset, schema, request.live === true));
  if (columns && columns.wrong.length > 0)
    throw refusal(path, await placed(text, withHint(columns.wrong, request, path)), 'SNAPKEEP_COLUMN_UNKNOWN');
  const warnings = await placed(text, columns?.warnings ?? []);
  const rounded = roundedNumbers(text).map(({ written, read, ...place }) => ({
    message: `${shorten(written)} is read as ${shorten(read)}: numbers are compared as JavaScript holds them`,
    pointer: '',
    place,
  }));
  return {
    schema: path,
    sha256: schemaHash(schema),
    validator: runtime.config.capabilities.validator,
    columnsOf: columns?.of ?? null,
    warnings: [...rounded, ...warnings].map(({ message, pointer, place }) => ({
      message,
      pointer,
      line: place?.line ?? null,
      column: place?.column ?? null,
    })),
  };
}

/** Reads a schema and has the validator look at it; what is wrong is told with file, line and column. */
export async function readCheckedSchema(runtime: Runtime, path: string): Promise<JsonSchema> {
  const schema = await readSchemaFile(runtime, path);
  try {
    await checkWithValidator(runtime, schema);
    return schema;
  } catch (error) {
    if (!isSnapkeepError(error) || typeof error.details.pointer !== 'string') throw error;
    const text = await readSchemaText(runtime, path);
    throw refusal(path, await placed(text, problemsOf(error)), error.code, error);
  }
}

/** A validator tells one problem, or several in `problems`. */
function problemsOf({ message, hint, details }: SnapkeepError): Problem[] {
  const { problems, pointer } = details;
  return Array.isArray(problems) ? (problems as Problem[]) : [{ message, hint, pointer: String(pointer) }];
}

interface Place {
  readonly line: number;
  readonly column: number;
}

type Placed<P> = P & { readonly place: Place | undefined };

async function placed<P extends { readonly pointer: string }>(
  text: string,
  problems: readonly P[],
): Promise<Placed<P>[]> {
  const found = await Promise.all(
    problems.map(async (problem) => ({ ...problem, place: await placeOf(text, problem.pointer) })),
  );
  const lineOf = ({ place }: Placed<P>) => place?.line ?? 0;
  return found.sort((a, b) => lineOf(a) - lineOf(b) || (a.place?.column ?? 0) - (b.place?.column ?? 0));
}

/** Every problem with its place; the first in the file is the message. */
function refusal(
  path: string,
  problems: readonly Placed<Problem>[],
  code: SnapkeepError['code'] = 'SNAPKEEP_SCHEMA_INVALID',
  cause?: SnapkeepError,
): SnapkeepError {
  const say = ({ message, place }: Placed<Problem>) =>
    `${place === undefined ? path : `${path}:${place.line}:${place.column}`}: ${message}`;
  const [first, ...others] = problems;
  return new SnapkeepError(code, first ? say(first) : `${path} is wrong`, {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    notes: others.map(say),
    details: {
      ...cause?.details,
      pointer: first?.pointer ?? '',
      file: path,
      ...first?.place,
      problems: problems.map(({ place, ...problem }) => ({ ...problem, ...place })),
    },
    ...(cause === undefined ? {} : { cause }),
  });
}

function withHint(problems: readonly ColumnProblem[], { name }: SchemaCheckRequest, path: string): Problem[] {
  const hint = `Correct it, or bring in what the table has: snapkeep schema infer ${name} --output ${path}`;
  return problems.map((problem) => ({ ...problem, hint }));
}

function schemaToCheck(runtime: Runtime, { name, file }: SchemaCheckRequest): { path: string; dataset?: Dataset } {
  if (name === undefined && file === undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'name a dataset or a file', {
      hint: 'snapkeep schema check NAME, or snapkeep schema check --file FILE',
    });
  }
  if (name === undefined) return { path: file ?? '' };
  const dataset = resolveDataset(runtime, name);
  const path = file ?? dataset.config.schema;
  if (path !== undefined) return { path, dataset };
  if (!dataset.configured) {
    throw new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', `the configuration has no dataset ${JSON.stringify(name)}`, {
      ...(/[./]/.test(name) ? { hint: `A file is named so: snapkeep schema check --file ${name}` } : {}),
      details: { dataset: name, datasets: Object.keys(runtime.config.datasets) },
    });
  }
  throw new SnapkeepError('SNAPKEEP_USAGE', `${name} has no schema of its own: it is inferred from the catalog`, {
    hint: `Keep one: snapkeep schema infer ${name} --output schemas/${name}.schema.json, then name it in the configuration.`,
  });
}
