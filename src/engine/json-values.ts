import {
  type DuckDBDataChunk,
  DuckDBListVector,
  DuckDBStructVector,
  DuckDBTypeId,
  type DuckDBVector,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import type { EngineValue } from './engine.ts';

/**
 * A value in DuckDB's JSON form. Structs are taken apart here: the client's own objects lose a field called
 * `__proto__`, which assignment takes for the prototype.
 */
function jsonValue(vector: DuckDBVector, row: number): EngineValue {
  if (vector instanceof DuckDBStructVector) {
    if (!vector.isItemValid(row)) return null;
    const { entryNames } = vector.type;
    return Object.fromEntries(entryNames.map((name, index) => [name, jsonValue(vector.entryVectorAt(index), row)]));
  }
  if (vector instanceof DuckDBListVector) {
    const items = vector.getItemVector(row);
    return items && Array.from({ length: items.itemCount }, (_, item) => jsonValue(items, item));
  }
  return converted(vector.getItem(row), vector.type, converted) as EngineValue;
}

/** DuckDB's converter, but for `real`: the shortest number that is the same in 32 bits, `3.4` and not `3.4000000953674316`. */
const converted: typeof JsonDuckDBValueConverter = (value, type, converter) =>
  type.typeId === DuckDBTypeId.FLOAT && typeof value === 'number' && Number.isFinite(value)
    ? shortest(value)
    : JsonDuckDBValueConverter(value, type, converter);

function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  // Nine digits tell any two of them apart: https://en.wikipedia.org/wiki/Single-precision_floating-point_format
  return Number(value.toPrecision(9));
}

/** The rows of a chunk, values in DuckDB's JSON form: nothing is rounded or lost. */
export function jsonRows(chunk: DuckDBDataChunk): EngineValue[][] {
  const vectors = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
  return Array.from({ length: chunk.rowCount }, (_, row) => vectors.map((vector) => jsonValue(vector, row)));
}
