import type { PluginContext } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { arrayLiteral } from './resolve-table.ts';

/** What the catalog says of one type. Object ids stay texts, as everything from the server does. */
export interface CatalogType {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** `b` base, `c` composite, `d` domain, `e` enum, `p` pseudo, `r` range, `m` multirange. */
  readonly kind: string;
  readonly baseType: string;
  readonly baseTypmod: number;
  /** Of a true array; absent for what only looks like one (int2vector). */
  readonly element: string | null;
  readonly labels: readonly string[];
  readonly fields: readonly { readonly name: string; readonly type: string; readonly typmod: number }[];
  readonly rangeOf: string | null;
  /** A name that SQL accepts in a cast, without any length: `bpchar`, not `character`. */
  readonly castName: string;
  /** Of money, by the session's `lc_monetary`; `null` for every other type. */
  readonly decimals: number | null;
}

export type TypeCatalog = ReadonlyMap<string, CatalogType>;

const MULTIRANGES_SINCE = 140_000;

const typesSql = (serverVersion: number) => `
SELECT t.oid::text, n.nspname, t.typname, t.typtype::text, t.typbasetype::text, t.typtypmod::text,
  (SELECT e.oid::text FROM pg_catalog.pg_type e WHERE e.typarray = t.oid AND e.typdelim = ','),
  to_json(ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder))::text,
  to_json(ARRAY(SELECT json_build_array(a.attname, a.atttypid::text, a.atttypmod) FROM pg_catalog.pg_attribute a
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum))::text,
  (SELECT r.rngsubtype::text FROM pg_catalog.pg_range r
    WHERE r.rngtypid = t.oid${serverVersion < MULTIRANGES_SINCE ? '' : ' OR r.rngmultitypid = t.oid'}),
  pg_catalog.format_type(t.oid, -1),
  CASE WHEN t.oid = 'pg_catalog.money'::regtype THEN pg_catalog.scale(0::money::numeric)::text END
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid = ANY ($1::oid[])`;

/** The types with these ids and all that they are made of, one round trip for each level of nesting. */
export async function loadTypes(
  connection: ServerConnection,
  oids: Iterable<string>,
  serverVersion: number,
  context: PluginContext,
): Promise<TypeCatalog> {
  const known = new Map<string, CatalogType>();
  let wanted = [...new Set(oids)];
  while (wanted.length > 0) {
    const answer = await connection.query(typesSql(serverVersion), [arrayLiteral(wanted)], context, {
      doing: 'look up types',
    });
    for (const row of answer.rows) {
      const type = typeOf(row);
      known.set(type.oid, type);
    }
    wanted = [...new Set([...known.values()].flatMap(partsOf))].filter((oid) => oid !== '0' && !known.has(oid));
    // A type that vanished between two looks would be asked for again and again.
    if (answer.rows.length === 0) break;
  }
  return known;
}

function partsOf(type: CatalogType): string[] {
  return [type.baseType, type.element ?? '0', type.rangeOf ?? '0', ...type.fields.map((field) => field.type)];
}

function typeOf(row: readonly (string | null)[]): CatalogType {
  const [oid, schema, name, kind, baseType, typmod, element, labels, fields, rangeOf, castName, decimals] = row;
  const parsedFields: readonly [string, string, number][] = JSON.parse(fields ?? '[]');
  const parsedLabels: readonly string[] = JSON.parse(labels ?? '[]');
  return {
    oid: oid ?? '',
    schema: schema ?? '',
    name: name ?? '',
    kind: kind ?? '',
    baseType: baseType ?? '0',
    baseTypmod: Number(typmod ?? -1),
    element: element ?? null,
    labels: parsedLabels,
    fields: parsedFields.map(([field, type, mod]) => ({ name: field, type, typmod: mod })),
    rangeOf: rangeOf ?? null,
    castName: castName ?? 'text',
    decimals: decimals ? Number(decimals) : null,
  };
}
