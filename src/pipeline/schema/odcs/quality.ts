import type { QualityCheck } from '@snapkeep/sdk';
import type { RuleConfig } from '../../config.ts';
import type { ContractObject, ContractProperty, ContractQuality } from './contract.ts';

const ENGINE = 'snapkeep';
/** References between names that the standard can write: `table.column`. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where a rule stands in a contract. */
export interface PlacedQuality {
  /** `null`: the dataset as a whole. */
  readonly column: string | null;
  readonly quality?: ContractQuality;
  readonly relationship?: { readonly to: string };
}

/** A rule in the standard's library, where that has it; else in our own words, for whoever runs snapkeep. */
export function toQuality(rule: RuleConfig): PlacedQuality {
  const { name, severity, rows, nulls, unique, references } = rule;
  const about = {
    ...(name === undefined ? {} : { name }),
    ...(severity === 'warn' ? { severity: 'warning' } : {}),
  };
  if (rows && rows.maxChange === undefined) {
    const { min, max } = rows;
    if (min !== undefined && max !== undefined) {
      return { column: null, quality: { ...about, metric: 'rowCount', mustBeBetween: [min, max] } };
    }
    if (min !== undefined)
      return { column: null, quality: { ...about, metric: 'rowCount', mustBeGreaterOrEqualTo: min } };
    if (max !== undefined) return { column: null, quality: { ...about, metric: 'rowCount', mustBeLessOrEqualTo: max } };
  }
  if (nulls) {
    const quality = { ...about, metric: 'nullValues', unit: 'percent', mustBeLessOrEqualTo: nulls.max };
    return { column: nulls.column, quality };
  }
  if (unique) {
    const [only, ...others] = unique;
    const quality = { ...about, metric: 'duplicateValues', mustBe: 0 };
    if (only !== undefined && others.length === 0) return { column: only, quality };
    return { column: null, quality: { ...quality, arguments: { properties: unique } } };
  }
  const [from, ...further] = references?.columns ?? [];
  const [to] = references?.to ?? [];
  const plain = references && to !== undefined && PLAIN_NAME.test(references.dataset) && PLAIN_NAME.test(to);
  if (from !== undefined && further.length === 0 && plain && name === undefined && severity !== 'warn') {
    return { column: from, relationship: { to: `${references.dataset}.${to}` } };
  }
  const { name: _name, severity: _severity, ...check } = rule;
  return {
    column: null,
    quality: { ...about, type: 'custom', engine: ENGINE, implementation: JSON.parse(JSON.stringify(check)) },
  };
}

/** Rules of a contract, and what of it snapkeep can't check. */
export function fromQuality({ properties = [], quality = [] }: ContractObject): {
  rules: RuleConfig[];
  left: string[];
} {
  const rules: RuleConfig[] = [];
  const left: string[] = [];
  const take = (found: ContractQuality, column: string | null) => {
    const check = checkOf(found, column);
    const about = {
      ...(found.name === undefined ? {} : { name: found.name }),
      ...(found.severity !== undefined && /^(warn|info)/i.test(found.severity) ? { severity: 'warn' as const } : {}),
    };
    if (check === 'in the schema') return;
    if (check) rules.push({ ...about, ...check });
    else
      left.push(`quality ${found.name ?? found.metric ?? found.type ?? ''}${column === null ? '' : ` of ${column}`}`);
  };
  for (const found of quality) take(found, null);
  for (const property of properties) {
    const column = property.name ?? '';
    for (const found of property.quality ?? []) take(found, column);
    if (property.unique && property.primaryKey !== true) rules.push({ unique: [column] });
    rules.push(...referencesOf(property, column));
  }
  return { rules, left };
}

function referencesOf({ relationships = [] }: ContractProperty, column: string): RuleConfig[] {
  return relationships.flatMap(({ to }) => {
    const [dataset, target, ...more] = typeof to === 'string' ? to.split('.') : [];
    return dataset === undefined || target === undefined || more.length > 0
      ? []
      : [{ references: { columns: [column], dataset, to: [target] } }];
  });
}

function checkOf(quality: ContractQuality, column: string | null): QualityCheck | 'in the schema' | undefined {
  const { metric, unit, engine, implementation, mustBe, mustBeBetween } = quality;
  if (engine === ENGINE) return implementation as QualityCheck;
  const [between, and] = mustBeBetween ?? [];
  const min = quality.mustBeGreaterOrEqualTo ?? between;
  const max = quality.mustBeLessOrEqualTo ?? and;
  switch (metric) {
    case 'rowCount':
      if (min === undefined && max === undefined) return undefined;
      return { rows: { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) } };
    case 'nullValues':
      if (column === null) return undefined;
      if (mustBe === 0) return { nulls: { column, max: 0 } };
      return unit === 'percent' && max !== undefined ? { nulls: { column, max } } : undefined;
    case 'duplicateValues': {
      const columns = quality.arguments?.properties;
      if (mustBe !== 0) return undefined;
      if (Array.isArray(columns)) return { unique: columns.map(String) };
      return column === null ? undefined : { unique: [column] };
    }
    case 'invalidValues':
      return mustBe === 0 && Array.isArray(quality.arguments?.validValues) ? 'in the schema' : undefined;
    default:
      return undefined;
  }
}
