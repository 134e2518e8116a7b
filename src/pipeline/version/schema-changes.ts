import type { ExportPlan } from '@snapkeep/sdk';

/** One column that readers of the later version find otherwise. */
export interface SchemaChange {
  readonly column: string;
  readonly change: 'added' | 'removed' | 'type';
  readonly from: string | null;
  readonly to: string | null;
}

/** How the columns of one plan differ from those of another, by name and by the type in the file. */
export function schemaChanges(from: Pick<ExportPlan, 'columns'>, to: Pick<ExportPlan, 'columns'>): SchemaChange[] {
  const before = new Map(from.columns.map((column) => [column.name, column.fileType]));
  const after = new Map(to.columns.map((column) => [column.name, column.fileType]));
  const changes: SchemaChange[] = [];
  for (const [column, type] of before) {
    const now = after.get(column) ?? null;
    if (now === null) changes.push({ column, change: 'removed', from: type, to: null });
    else if (now !== type) changes.push({ column, change: 'type', from: type, to: now });
  }
  for (const [column, type] of after) {
    if (!before.has(column)) changes.push({ column, change: 'added', from: null, to: type });
  }
  return changes;
}
