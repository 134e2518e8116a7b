import { type LogicalType, quoteIdentifier } from '@snapkeep/sdk';
import { transformed } from './lambda.ts';

/** A list's element: quoted whatever it is, so that no element is taken for NULL or for a brace. */
function quotedElement(text: string): string {
  return `'"' || replace(replace(${text}, '\\', '\\\\'), '"', '\\"') || '"'`;
}

/** A struct's field or a range's bound; nothing at all is NULL. */
function quotedField(text: string): string {
  return `coalesce('"' || replace(replace(${text}, '\\', '\\\\'), '"', '""') || '"', '')`;
}

function listText(of: LogicalType, value: string, multirange: boolean): string {
  const bare = of.kind === 'list' || multirange;
  const texts = transformed(value, (element) => {
    const text = textOf(of, element);
    return `CASE WHEN ${element} IS NULL THEN 'NULL' ELSE ${bare ? text : quotedElement(text)} END`;
  });
  return `CASE WHEN ${value} IS NOT NULL THEN '{' || coalesce(list_aggregate(${texts}, 'string_agg', ','), '') || '}' END`;
}

function rangeText(of: LogicalType, value: string): string {
  const field = (name: string) => `${value}.${quoteIdentifier(name)}`;
  const bound = (name: string) => quotedField(textOf(of, field(name)));
  return `CASE WHEN ${field('empty')} THEN 'empty' WHEN ${value} IS NOT NULL THEN
    CASE WHEN ${field('lower_inc')} THEN '[' ELSE '(' END || ${bound('lower')} || ',' || ${bound('upper')} ||
    CASE WHEN ${field('upper_inc')} THEN ']' ELSE ')' END END`;
}

function intervalText(value: string): string {
  const micros = `${value}."micros"`;
  return `'P' || ${value}."months" || 'M' || ${value}."days" || 'DT' || CASE WHEN ${micros} < 0 THEN '-' ELSE '' END ||
    (abs(${micros}) // 1000000) || '.' || lpad((abs(${micros}) % 1000000)::VARCHAR, 6, '0') || 'S'`;
}

/** SQL: a value of the file → text in the form of its logical type, as plugins/sdk/src/columns.ts lists them. */
export function textOf(type: LogicalType, value: string): string {
  switch (type.kind) {
    case 'boolean':
      return `CASE WHEN ${value} THEN 't' WHEN NOT ${value} THEN 'f' END`;
    case 'bytes':
      return `'\\x' || lower(hex(${value}))`;
    case 'float':
      return `replace(replace(${value}::VARCHAR, 'inf', 'Infinity'), 'nan', 'NaN')`;
    case 'date':
    case 'timestamp':
      return `regexp_replace(${value}::VARCHAR, '^(\\S+) \\(BC\\)(.*)$', '\\1\\2 BC')`;
    case 'list':
      return listText(type.of, value, false);
    case 'range':
      return type.multi ? listText({ ...type, multi: false }, value, true) : rangeText(type.of, value);
    case 'struct': {
      const fields = type.fields.map(({ name, type: of }) =>
        quotedField(textOf(of, `struct_extract(${value}, '${name.replaceAll("'", "''")}')`)),
      );
      return `CASE WHEN ${value} IS NOT NULL THEN '(' || ${fields.join(" || ',' || ")} || ')' END`;
    }
    case 'interval':
      return intervalText(value);
    case 'integer':
    case 'decimal':
    case 'numeric':
    case 'string':
    case 'enum':
    case 'uuid':
    case 'json':
    case 'time':
    case 'opaque':
      return `${value}::VARCHAR`;
  }
}
