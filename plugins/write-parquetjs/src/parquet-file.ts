import { messageOf, SnapkeepError, type WriteRequest } from '@snapkeep/sdk';
import type parquet from 'parquetjs-lite';
import { holdingOf } from './columns.ts';

/** Rows of a page, fewer where they are long: a page is encoded in one piece. */
const PAGE_ROWS = 8_192;
const PAGE_CHARACTERS = 1024 * 1024;
/** A row group stays in memory until it is whole: it ends early where rows are long. */
const ROW_GROUP_CHARACTERS = 64 * 1024 * 1024;

/** One Parquet file in the making, its bytes taken away as they come. */
interface ParquetFile {
  append(row: readonly (string | null)[]): Promise<void>;
  /** What has been encoded since the last call. */
  take(): readonly Buffer[];
  /** Encodes the last rows and the footer. */
  close(): Promise<void>;
}

/** The library throws bare texts. */
async function guarded(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_INTERNAL', `parquetjs-lite: ${messageOf(cause)}`, { cause });
  }
}

/** The library's key of a column; names such as `__proto__` would get lost in its objects. */
const keyOf = (index: number) => `c${index}`;

/** Columns under their own names in the file, under safe keys in the library's objects. */
function schemaOf(library: typeof parquet, { staged, compression }: WriteRequest): parquet.ParquetSchema {
  const fields = staged.columns.map((column, index): [string, parquet.FieldOptions] => [
    keyOf(index),
    {
      type: holdingOf(column)?.type ?? 'UTF8',
      optional: true,
      compression: compression === 'snappy' ? 'SNAPPY' : 'UNCOMPRESSED',
      // Its minimum and maximum of texts follow UTF-16; readers would skip row groups by the order of UTF-8.
      statistics: false,
    },
  ]);
  const schema = new library.ParquetSchema(Object.fromEntries(fields));
  schema.fieldList.forEach((field, index) => {
    const name = staged.columns[index]?.name ?? '';
    field.name = name;
    field.path = Object.defineProperty([name], 'toString', { value: () => keyOf(index) });
  });
  return schema;
}

export async function openFile(request: WriteRequest): Promise<ParquetFile> {
  const { default: library } = await import('parquetjs-lite');
  const { staged, rowGroupRows, footer } = request;
  const encoders = staged.columns.map((column) => holdingOf(column)?.encode);
  const schema = schemaOf(library, request);
  let parts: Buffer[] = [];
  const collect = (bytes: Buffer) => {
    parts.push(bytes);
  };
  // Pages of the first version: they are what every reader knows.
  const envelope = new library.ParquetEnvelopeWriter(schema, collect, () => undefined, 0, {
    pageIndex: false,
    useDataPageV2: false,
  });
  const writer = new library.ParquetWriter(schema, envelope, {});
  for (const [key, value] of Object.entries(footer)) writer.setMetadata(key, value);
  const inPage = { rows: 0, characters: 0 };
  const inGroup = { rows: 0, characters: 0 };

  return {
    async append(row) {
      const record: Record<string, unknown> = {};
      let characters = 0;
      row.forEach((text, index) => {
        if (text === null) return;
        record[keyOf(index)] = encoders[index]?.(text);
        characters += text.length;
      });
      for (const part of [inPage, inGroup]) {
        part.rows += 1;
        part.characters += characters;
      }
      const endsGroup = inGroup.rows >= rowGroupRows || inGroup.characters >= ROW_GROUP_CHARACTERS;
      const endsPage = endsGroup || inPage.rows >= PAGE_ROWS || inPage.characters >= PAGE_CHARACTERS;
      // The library ends a page or a row group at the row that fills it.
      envelope.setPageSize(endsPage ? 1 : Number.MAX_SAFE_INTEGER);
      writer.setRowGroupSize(endsGroup ? 1 : Number.MAX_SAFE_INTEGER);
      await guarded(writer.appendRow(record));
      if (endsPage) Object.assign(inPage, { rows: 0, characters: 0 });
      if (endsGroup) Object.assign(inGroup, { rows: 0, characters: 0 });
    },
    take() {
      const taken = parts;
      parts = [];
      return taken;
    },
    close: () => guarded(writer.close()),
  };
}
