import type { TypeCatalog } from './type-catalog.ts';

/** Since PostgreSQL 15 `"char"` prints bytes beyond ASCII as `\351`; before, as they are, whatever the encoding. */
const ESCAPED_SINCE = 150_000;

/** Whether the type is `"char"` or has one inside, and the server prints it raw. */
export function printsRawBytes(oid: string, types: TypeCatalog, serverVersion: number): boolean {
  if (serverVersion >= ESCAPED_SINCE) return false;
  const seen = new Set<string>();
  const within = (id: string): boolean => {
    const type = types.get(id);
    if (!type || seen.has(id)) return false;
    seen.add(id);
    if (type.schema === 'pg_catalog' && type.name === 'char') return true;
    return [type.element ?? '0', type.baseType, type.rangeOf ?? '0', ...type.fields.map((field) => field.type)].some(
      within,
    );
  };
  return within(oid);
}
