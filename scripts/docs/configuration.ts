import { readFileSync } from 'node:fs';
import { code, pageHead, table } from './markdown.ts';

/** As much of JSON Schema as the configuration's schema uses. */
interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Every key of the configuration, one section per object. */
export function configurationPage(): string {
  const root: Schema = JSON.parse(readFileSync(new URL('../../schemas/config.schema.json', import.meta.url), 'utf8'));
  const definitions = Object.entries(root.$defs ?? {}).filter(([, schema]) => schema.properties);
  const intro = [
    `${root.description ?? ''} Searched upward from the working folder up to the git repository; \`--config\` or`,
    '`SNAPKEEP_CONFIG` names another one. Flags come before the environment, the environment before `.env` in the',
    "project's folder, that before the project's file, that before the user's, that before the defaults.",
    '`snapkeep config show --origin` shows what is in force and where each value comes from.\n',
    'For completion in an editor, write as the first line:\n',
    '```yaml\n# yaml-language-server: $schema=./node_modules/snapkeep/schemas/config.schema.json\n```\n',
  ].join('\n');
  return [
    pageHead('Configuration', 'schemas/config.schema.json'),
    intro,
    section('Top level', root, root),
    ...definitions.map(([name, schema]) => section(schema.title ?? name, schema, root)),
  ].join('\n');
}

function section(title: string, schema: Schema, root: Schema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const resolved = resolve(property, root);
    const [example] = resolved.examples ?? [];
    return [
      code(key),
      typeOf(property, root) + (required.has(key) ? ', required' : ''),
      resolved.description ?? '',
      example === undefined ? '' : code(JSON.stringify(example)),
    ];
  });
  const lead = schema === root ? '' : `${schema.description ?? ''}\n\n`;
  return `## ${title}\n\n${lead}${table(['key', 'type', 'meaning', 'example'], rows)}\n`;
}

function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : (root.$defs?.[name] ?? schema);
}

function typeOf(schema: Schema, root: Schema): string {
  const resolved = resolve(schema, root);
  if (schema.$ref && resolved.properties) return link(resolved.title ?? '');
  if (schema.enum) return schema.enum.map(code).join(', ');
  const types = [resolved.type ?? 'object'].flat();
  return types.map((type) => nested(type, resolved, root)).join(' or ');
}

function nested(type: string, schema: Schema, root: Schema): string {
  if (type === 'array') return `list of ${schema.items ? typeOf(schema.items, root) : 'anything'}`;
  const values = schema.additionalProperties;
  if (type !== 'object' || typeof values !== 'object') return type;
  return `name → ${typeOf(values, root)}`;
}

function link(title: string): string {
  return `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`;
}
