import { escapePointer, type JsonValue, shorten, type Violation } from '@snapkeep/sdk';
import type { ErrorObject } from 'ajv';
import { originalSchemaPath } from './ajv/prepare.ts';

/** How many values of an `enum` a message lists. */
const MAX_LISTED = 30;

/** One of ajv's errors as a violation: the column it belongs to, and what must hold, without the row's value. */
export function toViolation({ instancePath, keyword, params, schemaPath, message, schema }: ErrorObject): Violation {
  const name = memberName(keyword, params);
  const pointer = name === undefined ? instancePath : `${instancePath}/${escapePointer(name)}`;
  return {
    column: columnOf(pointer),
    pointer,
    keyword,
    schemaPath: originalSchemaPath(schemaPath),
    message: keyword === 'not' ? messageOfNot(schema) : messageFor(keyword, params, message),
  };
}

/** The member that is missing or too many: it is what the error is about, though ajv points at the object around it. */
function memberName(keyword: string, params: Record<string, unknown>): string | undefined {
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return asText(params.missingProperty);
    case 'additionalProperties':
      return asText(params.additionalProperty);
    case 'unevaluatedProperties':
      return asText(params.unevaluatedProperty);
    case 'propertyNames':
      return asText(params.propertyName);
    default:
      return undefined;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function columnOf(pointer: string): string {
  const segment = pointer.split('/', 2)[1] ?? '';
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** @param schema - absent where the row is too large to look for every error */
function messageOfNot(schema: unknown): string {
  return schema === undefined ? 'must not be valid' : `must not hold to ${shorten(JSON.stringify(schema), 200)}`;
}

function messageFor(keyword: string, params: Record<string, unknown>, message = 'must be valid'): string {
  switch (keyword) {
    case 'required':
      return 'must be there';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'must not be there: the schema does not name it';
    case 'enum':
      return `must be one of ${listed(params.allowedValues)}`;
    case 'const':
      return `must be ${shorten(JSON.stringify(params.allowedValue))}`;
    case 'type':
      return `must be ${[params.type].flat().join(' or ')}`;
    case 'pattern':
      return `must match the pattern ${shorten(String(params.pattern), 200)}`;
    case 'format':
      return `must be in the format ${String(params.format)}`;
    case 'minLength':
      return `must have at least ${counted(params.limit, 'character')}`;
    case 'maxLength':
      return `must have at most ${counted(params.limit, 'character')}`;
    case 'minItems':
      return `must have at least ${counted(params.limit, 'item')}`;
    case 'maxItems':
      return `must have at most ${counted(params.limit, 'item')}`;
    case 'minProperties':
      return `must have at least ${counted(params.limit, 'member')}`;
    case 'maxProperties':
      return `must have at most ${counted(params.limit, 'member')}`;
    case 'false schema':
      return 'must not be there';
    default:
      return shorten(message, 300);
  }
}

function counted(limit: unknown, noun: string): string {
  return `${Number(limit).toLocaleString('en')} ${noun}${limit === 1 ? '' : 's'}`;
}

function listed(values: unknown): string {
  const all: readonly JsonValue[] = Array.isArray(values) ? values : [];
  const shown = all
    .slice(0, MAX_LISTED)
    .map((value) => shorten(typeof value === 'string' ? value : JSON.stringify(value)));
  return all.length > MAX_LISTED ? `${shown.join(', ')} and ${all.length - MAX_LISTED} more` : shown.join(', ');
}
