import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '@snapkeep/sdk';
import { isKeywords } from '../apply-checks.ts';
import { type ContractProperty, type LogicalTypeName, REST, restOf } from './contract.ts';

type Keywords = { readonly [keyword: string]: JsonValue };

/** Options that a kind of value has in the standard; they are keywords of JSON Schema of the same name and meaning. */
const BOUNDS = ['multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const OPTIONS: Readonly<Record<LogicalTypeName, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: BOUNDS,
  number: BOUNDS,
  array: ['minItems', 'maxItems', 'uniqueItems'],
  object: ['minProperties', 'maxProperties', 'required'],
  boolean: [],
  date: [],
  time: [],
  timestamp: [],
};

const SENSITIVE = 'restricted';

function logicalTypeOf({ type, format, anyOf, enum: values, 'x-source-type': source }: Keywords): LogicalTypeName {
  const [only, ...others] = [type ?? []].flat().filter((name) => name !== 'null');
  if (only === 'string') {
    if (format === 'date' || source === 'date') return 'date';
    if (format === 'date-time' || format === 'local-date-time') return 'timestamp';
    return typeof source === 'string' && source.startsWith('timestamp') ? 'timestamp' : 'string';
  }
  if (others.length === 0 && typeof only === 'string' && Object.hasOwn(OPTIONS, only)) return only as LogicalTypeName;
  if (Array.isArray(anyOf)) {
    const [first] = anyOf as readonly JsonValue[];
    if (isKeywords(first) && first.type !== undefined) return logicalTypeOf(first);
  }
  if (Array.isArray(values) && values.every((value) => value === null || typeof value === 'string')) return 'string';
  return 'object';
}

function takesNull({ type, enum: values, anyOf }: Keywords): boolean {
  if (Array.isArray(values)) return values.includes(null);
  if (type !== undefined) return [type].flat().includes('null');
  return Array.isArray(anyOf)
    ? (anyOf as readonly JsonValue[]).some((part) => isKeywords(part) && takesNull(part))
    : true;
}

/** One column, or a part of one, in the words of the standard; what those can't say is kept beside them. */
export function toContract(schema: JsonValue, name?: string): ContractProperty {
  const keywords = isKeywords(schema) ? schema : {};
  const logicalType = logicalTypeOf(keywords);
  const options = Object.fromEntries(
    OPTIONS[logicalType].flatMap((option) => (keywords[option] === undefined ? [] : [[option, keywords[option]]])),
  );
  const { title, description, examples, properties, items, enum: values } = keywords;
  const labels = Array.isArray(values) ? (values as readonly JsonValue[]).filter((value) => value !== null) : [];
  const said: ContractProperty = {
    ...(name === undefined ? {} : { name }),
    ...(typeof title === 'string' ? { businessName: title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    logicalType,
    ...(logicalType === 'timestamp' ? { logicalTypeOptions: { timezone: keywords.format !== 'local-date-time' } } : {}),
    ...(Object.keys(options).length > 0 ? { logicalTypeOptions: options } : {}),
    ...(typeof keywords['x-source-type'] === 'string' ? { physicalType: keywords['x-source-type'] } : {}),
    required: !takesNull(keywords),
    ...(keywords['x-sensitive'] === true ? { classification: SENSITIVE } : {}),
    ...(Array.isArray(examples) ? { examples } : {}),
    ...(logicalType === 'object' && isKeywords(properties)
      ? { properties: Object.entries(properties).map(([key, inner]) => toContract(inner, key)) }
      : {}),
    ...(logicalType === 'array' && isKeywords(items) ? { items: toContract(items) } : {}),
    ...(labels.length === 0
      ? {}
      : { quality: [{ metric: 'invalidValues', arguments: { validValues: labels }, mustBe: 0 }] }),
  };
  const rest = difference(fromContract(said), keywords);
  return Object.keys(rest).length === 0 ? said : { ...said, customProperties: [{ property: REST, value: rest }] };
}

/** What has to be laid over one schema to get another; `null` takes a keyword away. */
function difference(from: Keywords, to: Keywords): Keywords {
  return Object.fromEntries(
    [...new Set([...Object.keys(to), ...Object.keys(from)])]
      .filter((keyword) => !isDeepStrictEqual(from[keyword], to[keyword]))
      .map((keyword) => [keyword, to[keyword] ?? null]),
  );
}

export function laidOver(under: Keywords, over: Keywords): Keywords {
  return Object.fromEntries(Object.entries({ ...under, ...over }).filter(([, value]) => value !== null));
}

/** The same as JSON Schema of a value in JSON form. */
export function fromContract(property: ContractProperty): Keywords {
  const { businessName, description, logicalType = 'string', required = false, examples, classification } = property;
  const { format, timezone, ...options } = property.logicalTypeOptions ?? {};
  const type = TYPES[logicalType];
  const formats: Readonly<Partial<Record<LogicalTypeName, JsonValue>>> = {
    date: 'date',
    time: 'local-time',
    timestamp: timezone === false ? 'local-date-time' : 'date-time',
    ...(format === undefined ? {} : { string: format }),
  };
  const labels = property.quality?.find(({ metric, mustBe }) => metric === 'invalidValues' && mustBe === 0)?.arguments
    ?.validValues;
  const known = Object.fromEntries(Object.entries(options).filter(([option]) => OPTIONS[logicalType].includes(option)));
  const derived: Keywords = {
    ...(businessName === undefined ? {} : { title: businessName }),
    ...(description === undefined ? {} : { description }),
    type: required ? type : [type, 'null'],
    ...(formats[logicalType] === undefined ? {} : { format: formats[logicalType] }),
    ...known,
    ...(Array.isArray(labels) ? { enum: required ? labels : [...(labels as readonly JsonValue[]), null] } : {}),
    ...(property.properties
      ? { properties: Object.fromEntries(property.properties.map((inner) => [inner.name ?? '', fromContract(inner)])) }
      : {}),
    ...(property.items ? { items: fromContract(property.items) } : {}),
    ...(examples === undefined ? {} : { examples }),
    ...(classification === SENSITIVE ? { 'x-sensitive': true } : {}),
    ...(property.physicalType === undefined ? {} : { 'x-source-type': property.physicalType }),
  };
  return laidOver(derived, restOf(property.customProperties));
}

const TYPES: Readonly<Record<LogicalTypeName, string>> = {
  string: 'string',
  date: 'string',
  time: 'string',
  timestamp: 'string',
  number: 'number',
  integer: 'integer',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
};
