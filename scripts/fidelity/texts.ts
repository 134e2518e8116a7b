import { postgresText, type ReadType, type ReadValue } from '../../test/fidelity/read-value.ts';

/** A value of a file as JSON, for tools that turn documents into lists and structs. */
function jsonText(type: ReadType, value: ReadValue): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'list':
      return `[${(value as readonly ReadValue[]).map((item) => jsonText(type.of, item)).join(',')}]`;
    case 'struct': {
      const values = value as readonly ReadValue[];
      const fields = type.fields.map(
        ({ name, type: of }, index) => `${JSON.stringify(name)}:${jsonText(of, values[index] ?? null)}`,
      );
      return `{${fields.join(',')}}`;
    }
    case 'boolean':
    case 'integer':
    case 'float':
    case 'decimal':
      return String(value);
    default:
      return JSON.stringify(postgresText(type, value));
  }
}

/** Points as a list of numbers, two by two. */
function points(value: readonly ReadValue[]): string {
  const pairs = Array.from(
    { length: Math.floor(value.length / 2) },
    (_, index) => `(${value[2 * index]},${value[2 * index + 1]})`,
  );
  return pairs.join(',');
}

/** Numbers in a list, or in a struct of two, as the server writes a shape of them. */
function geometricText(name: string, value: readonly ReadValue[]): string | undefined {
  switch (name) {
    case 'point':
    case 'box':
      return points(value);
    case 'path':
    case 'polygon':
      return `(${points(value)})`;
    case 'circle':
      return `<${points(value.slice(0, 2))},${value[2]}>`;
    default:
      return undefined;
  }
}

/** Every text that a well-meaning reader could make of a value, for the server to compare; the first is what we show. */
export function textsOf(name: string, type: ReadType, value: ReadValue): string[] {
  const shown = postgresText(type, value);
  if (shown === null) return [];
  const texts = [shown];
  if (type.kind === 'bytes' && name !== 'bytea') texts.push(Buffer.from(String(value), 'hex').toString('utf8'));
  if (type.kind === 'list' || type.kind === 'struct') {
    const text = geometricText(name, value as readonly ReadValue[]);
    if (text !== undefined) texts.push(text);
  }
  if (/^jsonb?$/.test(name) && !['json', 'text', 'bytes'].includes(type.kind)) texts.push(jsonText(type, value));
  return texts;
}
