import {
  type Column,
  escapePointer,
  type Instant,
  type JsonSchema,
  type JsonValue,
  partAt,
  type SqlColumns,
  type SqlPredicate,
  type Undecidable,
} from '@snapkeep/sdk';
import { isObject, type JsonObject } from '../schema/walk.ts';
import { ALWAYS, allOf, anyOf, NEVER } from './conditions.ts';
import { KEYWORD_CONDITIONS } from './keyword-conditions.ts';
import { Endless, NotInSql } from './undecidable.ts';
import { type Columns, elementsOf, fieldsOf, type SqlValue, valuesOf } from './value.ts';

/** Says nothing about a value, to ajv either. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'examples',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);

/** Beyond, a schema of references within references would not end. */
const MAX_DEPTH = 50;
/** One reference that stands twice at each level doubles the work with each. */
const MAX_SCHEMAS = 20_000;

/**
 * What of a schema SQL can decide, whose references say their places from the root: an expression that is TRUE only for rows that ajv finds valid. A row for which it is
 * not goes to ajv, so that a keyword may be left to it where one alternative of several is enough.
 */
export function sqlPredicate(
  schema: JsonSchema,
  columns: readonly Column[],
  instant: Instant,
  names: SqlColumns,
): SqlPredicate | Undecidable {
  const compiler = new PredicateCompiler(schema, columns, valuesOf(columns, names), instant);
  try {
    return { dialect: 'duckdb', sql: compiler.row(schema, '#') };
  } catch (error) {
    if (error instanceof NotInSql) return { place: compiler.place, reason: error.message };
    throw error;
  }
}

/** What an object has. */
interface Members {
  readonly names: readonly string[];
  /** `undefined` where SQL has no name for it. */
  readonly member: (name: string) => SqlValue | undefined;
}

class PredicateCompiler {
  /** Where the compiler is, for the message. */
  place = '#';
  readonly #root: JsonSchema;
  readonly #names: readonly string[];
  readonly #columns: Columns;
  readonly #instant: Instant;
  #depth = 0;
  #lambdas = 0;
  #schemas = 0;

  constructor(root: JsonSchema, columns: readonly Column[], values: Columns, instant: Instant) {
    this.#root = root;
    this.#names = columns.map(({ name }) => name);
    this.#columns = values;
    this.#instant = instant;
  }

  /** A schema of the whole row. It always has every column, as an object. */
  row(schema: JsonValue, place: string): string {
    const row = { names: this.#names, member: (name: string) => this.#columns.get(name) };
    return this.#keywords(schema, place, (keyword, value, at, around) => {
      const inner = (part: JsonValue, where: string) => this.row(part, where);
      if (keyword === 'type') return [value].flat().includes('object') ? ALWAYS : NEVER;
      const condition = this.#applied(keyword, value, at, inner) ?? this.#ofMembers(row, keyword, value, at, around);
      if (condition !== undefined) return condition;
      throw new NotInSql(`SQL can't decide ${keyword} of the whole row`);
    });
  }

  /** Keywords that apply other schemas to the same value. */
  #applied(
    keyword: string,
    value: JsonValue,
    at: string,
    compile: (schema: JsonValue, place: string) => string,
  ): string | undefined {
    switch (keyword) {
      case 'allOf':
        return allOf(this.#parts(value, at, compile));
      case 'anyOf':
        return this.#anyPart(value, at, compile);
      case '$ref':
        return this.#reference(value, compile);
      default:
        return undefined;
    }
  }

  /** Keywords that speak of an object's members; `undefined` for all others. */
  #ofMembers(object: Members, keyword: string, value: JsonValue, at: string, around: JsonObject): string | undefined {
    const { names } = object;
    switch (keyword) {
      case 'properties':
        return this.#properties(object, value, at);
      case 'required':
        return this.#all(value, (name) => names.includes(String(name))) ? ALWAYS : NEVER;
      case 'additionalProperties':
        return this.#additional(object, value, around, at);
      case 'minProperties':
        return names.length >= Number(value) ? ALWAYS : NEVER;
      case 'maxProperties':
        return names.length <= Number(value) ? ALWAYS : NEVER;
      default:
        return undefined;
    }
  }

  #properties(object: Members, properties: JsonValue, place: string): string {
    if (!isObject(properties)) return ALWAYS;
    return allOf(
      Object.entries(properties)
        .filter(([name]) => object.names.includes(name))
        .map(([name, schema]) => this.#member(object, name, schema, `${place}/${escapePointer(name)}`)),
    );
  }

  #additional(object: Members, schema: JsonValue, around: JsonObject, place: string): string {
    if (around.patternProperties !== undefined)
      throw new NotInSql("SQL can't decide additionalProperties beside patterns");
    const named = isObject(around.properties) ? around.properties : {};
    return allOf(
      object.names
        .filter((name) => !Object.hasOwn(named, name))
        .map((name) => this.#member(object, name, schema, place)),
    );
  }

  #member({ member }: Members, name: string, schema: JsonValue, place: string): string {
    const value = member(name);
    if (value) return this.#value(value, schema, place);
    // Nobody asks what it holds.
    if (schema === true || (isObject(schema) && Object.keys(schema).every(isAnnotation))) return ALWAYS;
    this.place = place;
    throw new NotInSql(`the column ${JSON.stringify(name)} is kept in another form than it comes in`);
  }

  /** A schema of each element of a list; of what is no list it says nothing. */
  #items(value: SqlValue, schema: JsonValue, around: JsonObject, place: string): string | undefined {
    if (value.type.kind === 'json' || Array.isArray(schema) || around.prefixItems !== undefined) return undefined;
    const elements = elementsOf(value);
    if (!elements) return ALWAYS;
    this.#lambdas += 1;
    const item = `item${this.#lambdas}`;
    const holds = this.#value({ type: elements.of, sql: item }, schema, place);
    if (holds === ALWAYS) return ALWAYS;
    if (holds === NEVER) return anyOf([`${value.sql} IS NULL`, `len(${elements.sql}) = 0`]);
    const each = `list_transform(${elements.sql}, lambda ${item}: coalesce(${holds}, false))`;
    return anyOf([`${value.sql} IS NULL`, `coalesce(list_bool_and(${each}), true)`]);
  }

  #value(value: SqlValue, schema: JsonValue, place: string): string {
    const fields = fieldsOf(value);
    return this.#keywords(schema, place, (keyword, setting, at, around) => {
      const inner = (part: JsonValue, where: string) => this.#value(value, part, where);
      const condition =
        this.#applied(keyword, setting, at, inner) ??
        KEYWORD_CONDITIONS[keyword]?.(value, setting, this.#instant) ??
        (keyword === 'items' ? this.#items(value, setting, around, at) : undefined) ??
        this.#ofFields(value, fields, keyword, setting, at, around);
      if (condition !== undefined) return condition;
      throw new NotInSql(`SQL can't decide ${keyword} here`);
    });
  }

  #ofFields(
    value: SqlValue,
    fields: ReadonlyMap<string, SqlValue> | undefined,
    keyword: string,
    setting: JsonValue,
    at: string,
    around: JsonObject,
  ): string | undefined {
    if (!fields) return undefined;
    const object = { names: [...fields.keys()], member: (name: string) => fields.get(name) };
    const holds = this.#ofMembers(object, keyword, setting, at, around);
    return holds && anyOf([`${value.sql} IS NULL`, holds]);
  }

  /** Every keyword of a schema must hold. */
  #keywords(
    schema: JsonValue,
    place: string,
    conditionOf: (keyword: string, value: JsonValue, place: string, around: JsonObject) => string,
  ): string {
    this.place = place;
    if (typeof schema === 'boolean') return schema ? ALWAYS : NEVER;
    if (!isObject(schema)) throw new NotInSql('it is no schema');
    this.#schemas += 1;
    if (this.#schemas > MAX_SCHEMAS) throw new Endless('its references make it too large');
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Endless('its references never end');
    const conditions = Object.entries(schema)
      .filter(([keyword]) => !isAnnotation(keyword))
      .map(([keyword, value]) => {
        const at = `${place}/${escapePointer(keyword)}`;
        this.place = at;
        return conditionOf(keyword, value, at, schema);
      });
    this.#depth -= 1;
    return allOf(conditions);
  }

  #parts(schemas: JsonValue, place: string, compile: (schema: JsonValue, place: string) => string): string[] {
    return Array.isArray(schemas) ? schemas.map((schema, index) => compile(schema, `${place}/${index}`)) : [];
  }

  /** One alternative is enough: those that SQL can't decide are left to ajv. */
  #anyPart(schemas: JsonValue, place: string, compile: (schema: JsonValue, place: string) => string): string {
    let undecidable: NotInSql | undefined;
    const depth = this.#depth;
    const conditions = this.#parts(schemas, place, (schema, where) => {
      try {
        return compile(schema, where);
      } catch (error) {
        if (!(error instanceof NotInSql) || error instanceof Endless) throw error;
        this.#depth = depth;
        undecidable ??= error;
        return NEVER;
      }
    });
    const condition = anyOf(conditions);
    if (condition === NEVER && undecidable) throw undecidable;
    return condition;
  }

  #reference(target: JsonValue, compile: (schema: JsonValue, place: string) => string): string {
    const found = typeof target === 'string' && target.startsWith('#/') ? partAt(this.#root, target) : undefined;
    if (found === undefined) throw new NotInSql(`it refers to ${JSON.stringify(target)}`);
    return compile(found, String(target));
  }

  #all(values: JsonValue, holds: (value: JsonValue) => boolean): boolean {
    return Array.isArray(values) && values.every(holds);
  }
}

function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || keyword.startsWith('x-') || keyword === '$id';
}
