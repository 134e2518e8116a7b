import { readFile } from 'node:fs/promises';
import { SnapkeepError } from '@snapkeep/sdk';

const SCHEMA_URL = new URL('../../../../schemas/vendor/odcs-json-schema-v3.1.0.json', import.meta.url);

/** Holds a contract against the standard's own JSON Schema. @param name - as messages call it @throws SNAPKEEP_SCHEMA_INVALID */
export async function checkContract(contract: unknown, name: string): Promise<void> {
  const { Ajv2019 } = await import('ajv/dist/2019.js');
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false, logger: false });
  const validate = ajv.compile(JSON.parse(await readFile(SCHEMA_URL, 'utf8')));
  if (validate(contract)) return;
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  const say = ({ instancePath, message = '', params }: (typeof errors)[number]) => {
    const extra: unknown = params.unevaluatedProperty ?? params.additionalProperty;
    const named = extra === undefined ? '' : ` (${String(extra)})`;
    return `${instancePath === '' ? 'the contract' : instancePath} ${message}${named}`;
  };
  const [first, ...others] = errors;
  throw new SnapkeepError(
    'SNAPKEEP_SCHEMA_INVALID',
    `${name} breaks the Open Data Contract Standard 3.1.0: ${first ? say(first) : 'it is not valid'}`,
    { notes: others.slice(0, 10).map(say), details: { file: name, problems: errors.slice(0, 20).map(say) } },
  );
}
