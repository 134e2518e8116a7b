import {
  type DuckDBDataChunk,
  DuckDBListVector,
  DuckDBStructVector,
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
  return JsonDuckDBValueConverter(vector.getItem(row), vector.type, JsonDuckDBValueConverter) as EngineValue;
}

/** The rows of a chunk, values in DuckDB's JSON form: nothing is rounded or lost. */
export function jsonRows(chunk: DuckDBDataChunk): EngineValue[][] {
  const vectors = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
  return Array.from({ length: chunk.rowCount }, (_, row) => vectors.map((vector) => jsonValue(vector, row)));
}
