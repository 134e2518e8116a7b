import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { REPOSITORY } from '../host/temp-cli.ts';

export const SCHEMAS = path.join(REPOSITORY, 'schemas');

/** Schemas of the project's documents; `behavioral-event` is a dataset's and has keywords of its own. */
export async function publishedNames(): Promise<string[]> {
  const names = await readdir(SCHEMAS, { recursive: true });
  return names.filter((name) => name.endsWith('.schema.json') && !name.startsWith('behavioral-event')).sort();
}

export async function readPublished(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path.join(SCHEMAS, name), 'utf8'));
}

/** Throws with every place where a document breaks the schema of that name. */
export type Hold = (name: string, document: unknown) => void;

/** All published schemas in one ajv, strictly: an unknown keyword or a reference to nothing throws. */
export async function holdAgainstPublished(): Promise<Hold> {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
  const ids = new Map<string, string>();
  for (const name of await publishedNames()) {
    const schema = await readPublished(name);
    ids.set(name, String(schema.$id));
    ajv.addSchema(schema);
  }
  return (name, document) => {
    const validate = ajv.getSchema(ids.get(name) ?? name);
    if (!validate) throw new Error(`no schema ${name}`);
    if (validate(document) === true) return;
    const problems = validate.errors?.map(
      (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
    );
    throw new Error(`${name}: ${problems?.join('\n')}\n${JSON.stringify(document).slice(0, 2000)}`);
  };
}
