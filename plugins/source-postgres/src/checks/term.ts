import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import type { CheckedColumn } from './checked-column.ts';
import { type Constant, NotExpressed } from './nodes.ts';
import { likePattern, regexPattern } from './pattern.ts';

export type Operator = '=' | '<>' | '<' | '<=' | '>' | '>=' | '~' | '!~' | '~~' | '!~~';
export type TermKind = 'value' | 'length' | 'document type';

/** A column's value, or what a function says of it, compared with constants; `=` and `<>` with several: any, none of them. */
export interface Term {
  readonly kind: TermKind;
  readonly op: Operator;
  readonly values: readonly Constant[];
}

/**
 * The schema of a column's values that are not NULL.
 * @param nested - whether it must also be right about NaN and infinity, which are texts in JSON
 * @throws NotExpressed
 */
export function termSchema(column: CheckedColumn, term: Term, nested: boolean): JsonSchema {
  if (term.kind === 'length') return lengthSchema(column, term);
  if (term.kind === 'document type') return documentSchema(column, term, nested);
  const { kind } = column.type;
  switch (kind) {
    case 'integer':
    case 'float':
    case 'decimal':
    case 'numeric':
      return numberSchema(column, term, nested);
    case 'string':
      return stringSchema(column, term);
    case 'enum':
      return equality(term, 'the order of an enum’s labels is not that of texts');
    case 'boolean':
      return equality({ ...term, values: term.values.map(toBoolean) }, 'it orders booleans');
    default:
      throw new NotExpressed(`JSON Schema has no comparison of values of type ${column.sourceType}`);
  }
}

/** `'t'::boolean` is a text to the parser. */
function toBoolean({ kind, text }: Constant): Constant {
  return { kind: 'boolean', text: kind === 'boolean' ? text : String(/^t/i.test(text)) };
}

function constantValue({ kind, text }: Constant): JsonValue {
  return kind === 'number' ? Number(text) : kind === 'boolean' ? text === 'true' : text;
}

function equality({ op, values }: Term, otherwise: string): JsonSchema {
  if (op === '=') return { enum: values.map(constantValue) };
  if (op === '<>') return { not: { enum: values.map(constantValue) } };
  throw new NotExpressed(otherwise);
}

const BOUNDS: Readonly<Partial<Record<Operator, 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum'>>> = {
  '>=': 'minimum',
  '>': 'exclusiveMinimum',
  '<=': 'maximum',
  '<': 'exclusiveMaximum',
};

function numberSchema(column: CheckedColumn, term: Term, nested: boolean): JsonSchema {
  for (const { kind, text } of term.values) {
    if (kind !== 'number' || !/^-?[0-9]*\.?[0-9]+$/.test(text)) throw new NotExpressed(`it compares with ${text}`);
    if (!isSurelyCompared(column, text, term.op)) {
      throw new NotExpressed(`as a JSON number a value near ${text} may be rounded onto it`);
    }
  }
  const bound = BOUNDS[term.op];
  const schema: JsonSchema = bound
    ? { [bound]: Number(term.values[0]?.text) }
    : equality(term, `JSON Schema has nothing like ${term.op} for numbers`);
  if (!nested) return schema;
  if (column.type.kind === 'integer') return { ...schema, ...(bound ? { type: 'number' } : {}) };
  // To PostgreSQL NaN is larger than any number, infinity among them.
  const above = ['NaN', 'Infinity'];
  if (!bound) return schema;
  return {
    anyOf: [{ type: 'number', ...schema }, { enum: term.op === '>' || term.op === '>=' ? above : ['-Infinity'] }],
  };
}

/**
 * Whether a value and its bound compare as JSON numbers, which are doubles, as they do on the server. A double tells
 * decimals with 15 digits apart; beside a bound L those of scale s where L · 10^s is below 2^53.
 */
function isSurelyCompared({ type }: CheckedColumn, text: string, op: Operator): boolean {
  const bound = Math.abs(Number(text));
  const decimals = text.split('.')[1]?.length ?? 0;
  if (text.replace(/^-?0*\.?0*/, '').replace('.', '').length > 15) return false;
  switch (type.kind) {
    case 'integer':
      return bound < Number.MAX_SAFE_INTEGER;
    case 'decimal':
      return bound * 10 ** Math.max(type.scale, decimals) < Number.MAX_SAFE_INTEGER;
    case 'float':
      // A float4 is compared by its exact value, but arrives as the shortest decimal that stands for it.
      return type.bits === 64 || (decimals === 0 && bound <= 2 ** 24);
    case 'numeric':
      // Rounding keeps the order, so that an inclusive bound refuses nothing that holds; from 0 only 10^-324 is lost.
      return op === '>=' || op === '<=' || (bound === 0 && (op === '>' || op === '<'));
    default:
      return false;
  }
}

function stringSchema(column: CheckedColumn, term: Term): JsonSchema {
  if (column.base !== 'text' && column.base !== 'varchar') {
    throw new NotExpressed(`values of type ${column.sourceType} are not compared character by character`);
  }
  const [first] = term.values;
  const text = first?.text ?? '';
  switch (term.op) {
    case '~':
      return { pattern: regexPattern(text) };
    case '!~':
      return { not: { pattern: regexPattern(text) } };
    default:
  }
  if (!column.exact) throw new NotExpressed('the collation takes different texts for equal');
  switch (term.op) {
    case '~~':
      return { pattern: likePattern(text) };
    case '!~~':
      return { not: { pattern: likePattern(text) } };
    case '<>':
      return term.values.length === 1 && text === '' ? { minLength: 1 } : equality(term, '');
    default:
      return equality(term, 'the order of texts depends on the collation');
  }
}

/** Characters are code points to both. */
function lengthSchema(column: CheckedColumn, { op, values }: Term): JsonSchema {
  if (column.base !== 'text' && column.base !== 'varchar') {
    throw new NotExpressed(`the length of ${column.sourceType} is not that of its text`);
  }
  const [first] = values;
  const length = Number(first?.text);
  if (values.length !== 1 || !Number.isSafeInteger(length)) throw new NotExpressed('it compares a length with a list');
  const limits: Readonly<Partial<Record<Operator, readonly [min: number | null, max: number | null]>>> = {
    '=': [length, length],
    '>=': [length, null],
    '>': [length + 1, null],
    '<=': [null, length],
    '<': [null, length - 1],
  };
  const [min, max] = limits[op] ?? [null, null];
  if ((min === null && max === null) || (max !== null && max < 0))
    throw new NotExpressed(`JSON Schema has nothing like ${op} for lengths`);
  return {
    ...(min === null || min < 1 ? {} : { minLength: min }),
    ...(max === null ? {} : { maxLength: max }),
  };
}

const DOCUMENT_TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'];

function documentSchema({ type, nullable }: CheckedColumn, { op, values }: Term, nested: boolean): JsonSchema {
  const types = values.map(({ text }) => text);
  if (type.kind !== 'json' || op !== '=' || !types.every((name) => DOCUMENT_TYPES.includes(name))) {
    throw new NotExpressed('it asks for a type that documents don’t have');
  }
  if (nested && nullable) throw new NotExpressed('NULL and the JSON document null look the same');
  const [only] = types;
  return { type: types.length === 1 && only !== undefined ? only : types };
}
