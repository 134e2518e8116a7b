import type { ColumnPlan, JsonSchema, JsonValue } from '@snapkeep/sdk';
import { shorten } from '@snapkeep/sdk';
import { isKeywords } from '../apply-checks.ts';
import { type SchemaRule, schemaChanges } from '../changes.ts';
import { type ConditionChange, conditionChanges } from './conditions.ts';
import { inlined } from './inline.ts';
import type { Compatibility } from './levels.ts';

/** What a dataset promises of its rows at one time. */
export interface Contract {
  /** Absent: known by the schema alone. */
  readonly columns?: readonly Pick<ColumnPlan, 'name' | 'fileType' | 'nullable'>[];
  /** `null`: rows were not validated. */
  readonly schema: JsonSchema | null;
}

export interface ContractChange {
  /** Empty where the row as a whole is meant. */
  readonly column: string;
  /** In words, e.g. `minimum 0 → 1`. */
  readonly change: string;
  /** Whether what is written for the new contract can also read what was made under the old one. */
  readonly backward: boolean;
  /** Whether what was written for the old contract can also read what is made under the new one. */
  readonly forward: boolean;
  /** What breaks for whom, in words; empty where nothing does. */
  readonly breaks: readonly string[];
}

export interface ContractDiff {
  readonly compatibility: Compatibility;
  readonly changes: readonly ContractChange[];
}

const OLD_READERS = 'what was written for the old schema';
const NEW_READERS = 'what is written for the new schema';

/** How each rule of columns bears on either side (`version diff` knows the first only: {@link schemaChanges}). */
const BY_RULE: Readonly<Record<SchemaRule, { readonly forward?: string; readonly backward?: string }>> = {
  'column added': { backward: 'does not find the column in older versions' },
  'column removed': { forward: 'does not find the column' },
  'type widened': {},
  'type narrowed': {
    forward: 'reads another type',
    backward: 'meets values in older versions that the type does not hold',
  },
  'type changed': { forward: 'reads another kind of value', backward: 'reads another kind of value in older versions' },
  'field added': {},
  'field removed': { forward: 'does not find a field' },
  'NULL allowed': { forward: 'meets NULL, which it never did' },
  'NULL forbidden': { backward: 'meets NULL in older versions' },
};

/**
 * How one contract became another, in the words of the schema registries
 * (https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html).
 */
export function compareContracts(old: Contract, present: Contract): ContractDiff {
  const [before, after] = [withoutReferences(old), withoutReferences(present)];
  const changes = [...columnChanges(before, after), ...conditionChangesOf(before, after)];
  const forward = changes.every((change) => change.forward);
  const backward = changes.every((change) => change.backward);
  return { compatibility: forward ? (backward ? 'full' : 'forward') : backward ? 'backward' : 'none', changes };
}

function withoutReferences(contract: Contract): Contract {
  return { ...contract, schema: contract.schema && inlined(contract.schema) };
}

/** Whether a diff keeps what a dataset demands. */
export function satisfies(found: Compatibility, demanded: Compatibility): boolean {
  return demanded === 'none' || found === 'full' || found === demanded;
}

type KnownColumn = NonNullable<Contract['columns']>[number];

/** Columns as far as both sides know them: without types where one has a schema only. */
function columnsOf({ columns, schema }: Contract, withTypes: boolean): KnownColumn[] {
  if (columns) {
    return columns.map(({ name, fileType, nullable }) => ({
      name,
      fileType: withTypes ? fileType : '',
      nullable: nullable && allowsNull(propertyOf(schema, name)),
    }));
  }
  const required = Array.isArray(schema?.required) ? (schema.required as readonly JsonValue[]) : [];
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    fileType: '',
    nullable: allowsNull(property) || !required.includes(name),
  }));
}

function columnChanges(before: Contract, after: Contract): ContractChange[] {
  const withTypes = before.columns !== undefined && after.columns !== undefined;
  const [from, to] = [columnsOf(before, withTypes), columnsOf(after, withTypes)];
  const added = new Map(to.map((column) => [column.name, column]));
  return schemaChanges(from, to).map(({ column, change, from: was, to: is, rule }) => {
    // A missing column reads as NULL where one is allowed.
    const harmless = rule === 'column added' && added.get(column)?.nullable === true;
    const { forward, backward } = harmless ? {} : BY_RULE[rule];
    const words = change === 'added' || change === 'removed' ? `column ${change}` : `${was} → ${is}`;
    return contractChange(column, words, forward, backward);
  });
}

function contractChange(column: string, change: string, forward?: string, backward?: string): ContractChange {
  return {
    column,
    change,
    forward: forward === undefined,
    backward: backward === undefined,
    breaks: [
      ...(forward === undefined ? [] : [`${OLD_READERS} ${forward}`]),
      ...(backward === undefined ? [] : [`${NEW_READERS} ${backward}`]),
    ],
  };
}

function propertiesOf(schema: JsonSchema | null): { readonly [name: string]: JsonValue } {
  return isKeywords(schema?.properties) ? schema.properties : {};
}

function propertyOf(schema: JsonSchema | null, name: string): JsonValue {
  const properties = propertiesOf(schema);
  return Object.hasOwn(properties, name) ? (properties[name] ?? true) : true;
}

/** Whether a column's schema lets NULL pass, as far as its own keywords say. */
function allowsNull(property: JsonValue): boolean {
  if (!isKeywords(property)) return property !== false;
  const { type, enum: values, const: only, anyOf, not } = property;
  if (type !== undefined && ![type].flat().includes('null')) return false;
  if (Array.isArray(values) && !values.includes(null)) return false;
  if (only !== undefined && only !== null) return false;
  if (isKeywords(not) && not.type === 'null') return false;
  return !Array.isArray(anyOf) || (anyOf as readonly JsonValue[]).some(allowsNull);
}

/** NULL is told of the column: here types and lists are compared without it. */
function withoutNull(value: JsonValue): JsonValue {
  if (!isKeywords(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([keyword, inner]): [string, JsonValue][] => {
      if (keyword === 'not' && isKeywords(inner) && inner.type === 'null') return [];
      if (!Array.isArray(inner)) return [[keyword, inner]];
      if (keyword === 'anyOf') return [[keyword, (inner as readonly JsonValue[]).map(withoutNull)]];
      if (keyword === 'enum') return [[keyword, inner.filter((item) => item !== null)]];
      if (keyword !== 'type') return [[keyword, inner]];
      const types = inner.filter((item) => item !== 'null');
      return [[keyword, types.length === 1 ? (types[0] ?? types) : types]];
    }),
  );
}

/** What the schemas say beside names and NULL. A side that was not validated promises nothing of the sort. */
function conditionChangesOf(before: Contract, after: Contract): ContractChange[] {
  const [from, to] = [propertiesOf(before.schema), propertiesOf(after.schema)];
  const names = Object.keys(from).filter((name) => Object.hasOwn(to, name));
  const ofColumns = names.flatMap((name) =>
    conditionChanges(withoutNull(from[name] ?? true), withoutNull(to[name] ?? true)).map((change) =>
      told(name, change),
    ),
  );
  const rest = (schema: JsonSchema | null): JsonSchema => {
    const {
      properties: _properties,
      required: _required,
      additionalProperties: _closed,
      type: _type,
      ...others
    } = schema ?? {};
    return others;
  };
  return [...ofColumns, ...conditionChanges(rest(before.schema), rest(after.schema)).map((change) => told('', change))];
}

const LONGEST_VALUE = 60;

function told(column: string, { pointer, direction, from, to }: ConditionChange): ContractChange {
  const text = (value: JsonValue | undefined) =>
    value === undefined ? 'nothing' : shorten(JSON.stringify(value), LONGEST_VALUE);
  const change = `${pointer.slice(1)}: ${text(from)} → ${text(to)}`;
  const meets = 'meets values that it never did';
  return contractChange(
    column,
    change,
    direction === 'narrower' ? undefined : meets,
    direction === 'wider' ? undefined : 'meets values in older versions that it does not expect',
  );
}
