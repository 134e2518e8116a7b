import { readFile } from 'node:fs/promises';
import { type JsonSchema, messageOf, SnapkeepError } from '@snapkeep/sdk';
import { datasetNameOf } from '../../../store/layout.ts';
import type { Runtime } from '../../runtime.ts';
import { schemaText } from '../infer/infer.ts';
import { refuseOverwrite, writeOutput } from '../output-file.ts';
import { checkContract } from './check.ts';
import type { Contract, ContractObject } from './contract.ts';
import { fromContractDocument } from './dataset.ts';

export interface SchemaImportRequest {
  /** Absolute path of a contract, YAML or JSON. */
  readonly file: string;
  /** Which of its objects; absent: the only one. */
  readonly object?: string | undefined;
  /** Absolute path of the JSON Schema to write. */
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
}

/** The `data` of `schema import --json`. */
export interface SchemaImportResult {
  /** The name that the dataset would have. */
  readonly dataset: string;
  /** Of the contract. */
  readonly id: string;
  readonly schema: JsonSchema;
  /** What the configuration would say of the dataset: table, key, rules. */
  readonly config: { readonly [field: string]: unknown };
  /** What of the contract snapkeep can't check. */
  readonly left: readonly string[];
  readonly output: string | null;
}

/** The largest contract that is read. */
const MAX_BYTES = 5_000_000;

/**
 * A contract of the Open Data Contract Standard as JSON Schema and configuration. Nothing is loaded that it refers to.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_SCHEMA_INVALID
 */
export async function importContract(runtime: Runtime, request: SchemaImportRequest): Promise<SchemaImportResult> {
  const { file, output, force = false } = request;
  if (output !== undefined && !force) await refuseOverwrite(output);
  const contract = await readContract(file);
  const object = chooseObject(contract, request.object);
  const { schema, config, left } = fromContractDocument(contract, object);
  const { validator: name } = runtime.config.capabilities;
  const validator = await runtime.capability('validator', name);
  await validator.checkSchema(schema, runtime.context(name));
  if (output !== undefined) await writeOutput(output, schemaText(schema), force);
  return {
    dataset: datasetNameOf(object.name),
    id: contract.id,
    schema,
    config: { ...config },
    left,
    output: output ?? null,
  };
}

async function readContract(file: string): Promise<Contract> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SnapkeepError('SNAPKEEP_USAGE', `${file} can’t be read: ${messageOf(cause)}`, { cause });
  });
  if (text.length > MAX_BYTES) throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `${file} is larger than 5 MB`);
  const { parse } = await import('yaml');
  let contract: unknown;
  try {
    contract = parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `${file} is neither YAML nor JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
  const apiVersion = (contract as { apiVersion?: unknown } | null)?.apiVersion;
  if (typeof apiVersion === 'string' && !apiVersion.startsWith('v3.')) {
    throw new SnapkeepError(
      'SNAPKEEP_SCHEMA_INVALID',
      `${file} is a contract of version ${apiVersion}; 3.0 and 3.1 are read`,
    );
  }
  await checkContract(contract, file);
  return contract as Contract;
}

function chooseObject({ schema = [] }: Contract, wanted: string | undefined): ContractObject {
  const names = schema.map(({ name }) => name);
  const [only, ...others] = wanted === undefined ? schema : schema.filter(({ name }) => name === wanted);
  if (only && others.length === 0) return only;
  throw new SnapkeepError(
    'SNAPKEEP_USAGE',
    names.length === 0
      ? 'the contract describes no table'
      : wanted === undefined
        ? `the contract describes ${names.length} tables: ${names.join(', ')}`
        : `the contract describes no ${wanted}, but ${names.join(', ')}`,
    { hint: names.length === 0 ? 'Only tables become datasets.' : 'Name one with --object NAME.' },
  );
}
