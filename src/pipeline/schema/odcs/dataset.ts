import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import type { DatasetConfig, RuleConfig } from '../../config.ts';
import { isKeywords } from '../apply-checks.ts';
import {
  type Contract,
  type ContractObject,
  type ContractProperty,
  type ContractSla,
  REST,
  restOf,
} from './contract.ts';
import { fromContract, laidOver, toContract } from './properties.ts';
import { fromQuality, toQuality } from './quality.ts';

/** A dataset as a contract speaks of it. */
export interface ContractedDataset {
  readonly name: string;
  /** `public.orders`; `null` for a query. */
  readonly table: string | null;
  readonly key: readonly string[];
  readonly schema: JsonSchema;
  readonly rules: readonly RuleConfig[];
}

export interface ContractFacts {
  readonly id: string;
  readonly version: string;
  readonly status: string;
}

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** The contract of one dataset. The same dataset gives the same contract. */
export function toContractDocument(dataset: ContractedDataset, facts: ContractFacts): Contract {
  const placed = dataset.rules.filter((rule) => !slaOf(rule, dataset.name)).map(toQuality);
  const properties = Object.entries(isKeywords(dataset.schema.properties) ? dataset.schema.properties : {}).map(
    ([name, property]): ContractProperty => {
      const said = toContract(property, name);
      const position = dataset.key.indexOf(name);
      const quality = placed.flatMap(({ column, quality: own }) => (column === name && own ? [own] : []));
      const relationships = placed.flatMap(({ column, relationship }) =>
        column === name && relationship ? [{ type: 'foreignKey', ...relationship }] : [],
      );
      const all = [...(said.quality ?? []), ...quality];
      return {
        ...said,
        ...(position < 0 ? {} : { primaryKey: true, primaryKeyPosition: position + 1 }),
        ...(all.length === 0 ? {} : { quality: all }),
        ...(relationships.length === 0 ? {} : { relationships }),
      };
    },
  );
  const { description } = dataset.schema;
  const quality = placed.flatMap(({ column, quality: own }) => (column === null && own ? [own] : []));
  const object: ContractObject = {
    name: dataset.name,
    ...(dataset.table === null ? {} : { physicalName: dataset.table }),
    logicalType: 'object',
    physicalType: dataset.table === null ? 'query' : 'table',
    ...(typeof description === 'string' ? { description } : {}),
    properties,
    ...(quality.length === 0 ? {} : { quality }),
  };
  const rest = rowRest(fromContractObject(object), dataset.schema);
  const slaProperties = dataset.rules.flatMap((rule) => slaOf(rule, dataset.name) ?? []);
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: facts.id,
    name: dataset.name,
    version: facts.version,
    status: facts.status,
    schema: [
      Object.keys(rest).length === 0 ? object : { ...object, customProperties: [{ property: REST, value: rest }] },
    ],
    ...(slaProperties.length === 0 ? {} : { slaProperties }),
  };
}

function rowRest(derived: JsonSchema, schema: JsonSchema): { readonly [keyword: string]: JsonValue } {
  const keywords = new Set([...Object.keys(schema), ...Object.keys(derived)]);
  return Object.fromEntries(
    [...keywords]
      .filter((keyword) => keyword !== 'properties' && !isDeepStrictEqual(schema[keyword], derived[keyword]))
      .map((keyword) => [keyword, schema[keyword] ?? null]),
  );
}

const UNITS: Readonly<Record<string, string>> = { s: 's', m: 'm', h: 'h', d: 'd' };

/** Freshness is a service level: the latency of a column. */
function slaOf({ freshness, name, severity }: RuleConfig, dataset: string): ContractSla | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(freshness?.maxAge ?? '') ?? [];
  if (!freshness || amount === undefined || name !== undefined || severity === 'warn') return undefined;
  return {
    property: 'latency',
    value: Number(amount),
    unit: UNITS[unit] ?? unit,
    element: `${dataset}.${freshness.column}`,
  };
}

function keyOf({ properties = [] }: ContractObject): string[] {
  return properties
    .filter(({ primaryKey }) => primaryKey === true)
    .sort((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
    .map(({ name }) => name ?? '');
}

/** The row's JSON Schema that one object of a contract says. */
function fromContractObject(object: ContractObject): JsonSchema {
  const { properties = [], description, name } = object;
  const key = keyOf(object);
  const derived = {
    $schema: DRAFT,
    title: name,
    ...(description === undefined ? {} : { description }),
    type: 'object',
    properties: Object.fromEntries(properties.map((property) => [property.name ?? '', fromContract(property)])),
    required: properties.map((property) => property.name ?? ''),
    ...(key.length === 0 ? {} : { 'x-key': key }),
  };
  return laidOver(derived, restOf(object.customProperties));
}

export interface ImportedDataset {
  readonly schema: JsonSchema;
  /** What the configuration would say of the dataset. */
  readonly config: DatasetConfig;
  /** What of the contract snapkeep can't check. */
  readonly left: readonly string[];
}

/** One object of a contract as a dataset. */
export function fromContractDocument(contract: Contract, object: ContractObject): ImportedDataset {
  const { rules, left } = fromQuality(object);
  const freshness: RuleConfig[] = [];
  for (const sla of contract.slaProperties ?? []) {
    const [of, column] = (sla.element ?? '').split('.');
    const unit = /^[smhd]/.exec(sla.unit ?? '')?.[0];
    if (sla.property === 'latency' && of === object.name && column !== undefined && unit !== undefined) {
      freshness.push({ freshness: { column, maxAge: `${String(sla.value)}${unit}` } });
    } else if (of === '' || of === object.name) left.push(`service level ${sla.property}`);
  }
  if (object.relationships && object.relationships.length > 0) left.push('relationships of several columns');
  const key = keyOf(object);
  const all = [...rules, ...freshness];
  const rename = Object.fromEntries(
    (object.properties ?? []).flatMap(({ name, physicalName }) =>
      name === undefined || physicalName === undefined || physicalName === name ? [] : [[physicalName, name]],
    ),
  );
  return {
    schema: fromContractObject(object),
    config: {
      table: object.physicalName ?? object.name,
      ...(Object.keys(rename).length === 0 ? {} : { rename }),
      ...(key.length === 0 ? {} : { key }),
      ...(all.length === 0 ? {} : { rules: all }),
    },
    left,
  };
}
