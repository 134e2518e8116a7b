import type { ColumnPlan } from '@snapkeep/sdk';
import { digitsOf, type FileType, parseFileType } from '../../engine/file-type.ts';

/**
 * What a change of columns means to those who read the file by the names of its columns: `compatible` where every
 * query and program that could read the old one reads the new one as before, `breaking` where one may fail or be
 * misled. docs/formats.md has the table.
 */
export const SCHEMA_RULES = {
  'column added': 'compatible',
  'column removed': 'breaking',
  'type widened': 'compatible',
  'type narrowed': 'breaking',
  'type changed': 'breaking',
  'field added': 'compatible',
  'field removed': 'breaking',
  'NULL allowed': 'breaking',
  'NULL forbidden': 'compatible',
} as const satisfies Record<string, 'compatible' | 'breaking'>;

export type SchemaRule = keyof typeof SCHEMA_RULES;
export type SchemaEffect = (typeof SCHEMA_RULES)[SchemaRule];

/** One column that readers of the later schema find otherwise. */
export interface SchemaChange {
  readonly column: string;
  readonly change: 'added' | 'removed' | 'type' | 'nullable';
  /** Type in the file, or `NULL` and `NOT NULL`; `null` where there was no such column. */
  readonly from: string | null;
  readonly to: string | null;
  /** For nested types the worst that happened inside. */
  readonly rule: SchemaRule;
  readonly effect: SchemaEffect;
}

type ComparedColumn = Pick<ColumnPlan, 'name' | 'fileType' | 'nullable'>;

/** How one list of columns differs from another, by name: removed and changed ones in the old order, then the added. */
export function schemaChanges(from: readonly ComparedColumn[], to: readonly ComparedColumn[]): SchemaChange[] {
  const before = new Set(from.map(({ name }) => name));
  const after = new Map(to.map((column) => [column.name, column]));
  return [
    ...from.flatMap((column) => changesOf(column, after.get(column.name))),
    ...to
      .filter(({ name }) => !before.has(name))
      .map(({ name, fileType }) => change(name, 'added', null, fileType, 'column added')),
  ];
}

function changesOf({ name, fileType, nullable }: ComparedColumn, now: ComparedColumn | undefined): SchemaChange[] {
  if (!now) return [change(name, 'removed', fileType, null, 'column removed')];
  const nulls = (allowed: boolean) => (allowed ? 'NULL' : 'NOT NULL');
  return [
    ...(fileType === now.fileType
      ? []
      : [change(name, 'type', fileType, now.fileType, worst(typeRules(fileType, now.fileType)))]),
    ...(nullable === now.nullable
      ? []
      : [
          change(
            name,
            'nullable',
            nulls(nullable),
            nulls(now.nullable),
            now.nullable ? 'NULL allowed' : 'NULL forbidden',
          ),
        ]),
  ];
}

function change(
  column: string,
  kind: SchemaChange['change'],
  from: string | null,
  to: string | null,
  rule: SchemaRule,
): SchemaChange {
  return { column, change: kind, from, to, rule, effect: SCHEMA_RULES[rule] };
}

function worst(rules: readonly SchemaRule[]): SchemaRule {
  return rules.find((rule) => SCHEMA_RULES[rule] === 'breaking') ?? rules[0] ?? 'type changed';
}

function typeRules(from: string, to: string): SchemaRule[] {
  return rulesBetween(parseFileType(from), parseFileType(to));
}

/** Every rule that applies on the way from one type to another; none where they are the same. */
function rulesBetween(from: FileType, to: FileType): SchemaRule[] {
  if (from.kind === 'list' && to.kind === 'list') return rulesBetween(from.of, to.of);
  if (from.kind === 'struct' && to.kind === 'struct') {
    const after = new Map(to.fields.map(({ name, type }) => [name, type]));
    const before = new Set(from.fields.map(({ name }) => name));
    return [
      ...from.fields.flatMap(({ name, type }): SchemaRule[] => {
        const now = after.get(name);
        return now ? rulesBetween(type, now) : ['field removed'];
      }),
      ...to.fields.filter(({ name }) => !before.has(name)).map((): SchemaRule => 'field added'),
    ];
  }
  return scalarRules(from, to);
}

const FLOATS = ['FLOAT', 'DOUBLE'];

function scalarRules(from: FileType, to: FileType): SchemaRule[] {
  if (from.kind === 'plain' && to.kind === 'plain') {
    if (from.name === to.name) return [];
    if (FLOATS.includes(from.name) && FLOATS.includes(to.name)) {
      return [to.name === 'DOUBLE' ? 'type widened' : 'type narrowed'];
    }
  }
  // An integer that becomes a DECIMAL reaches a program as another kind of value, though every number fits.
  if (from.kind !== to.kind) return ['type changed'];
  const [before, after] = [digitsOf(from), digitsOf(to)];
  if (!before || !after) return ['type changed'];
  if (before.whole === after.whole && before.scale === after.scale) return [];
  return [after.whole >= before.whole && after.scale >= before.scale ? 'type widened' : 'type narrowed'];
}
