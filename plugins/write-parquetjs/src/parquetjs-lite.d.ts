/** The part of parquetjs-lite 0.8.7 that is used here; the package has no types of its own. */
declare module 'parquetjs-lite' {
  namespace parquet {
    interface FieldOptions {
      readonly type: 'BOOLEAN' | 'INT_16' | 'INT32' | 'DATE' | 'UTF8' | 'BYTE_ARRAY';
      readonly optional: boolean;
      readonly compression: 'UNCOMPRESSED' | 'SNAPPY';
      readonly statistics: boolean;
    }

    interface Field {
      name: string;
      path: string[];
    }

    class ParquetSchema {
      constructor(fields: Readonly<Record<string, FieldOptions>>);
      readonly fieldList: Field[];
    }

    interface Options {
      readonly rowGroupSize?: number;
      readonly pageSize?: number;
      readonly useDataPageV2?: boolean;
      readonly pageIndex?: boolean;
    }

    class ParquetEnvelopeWriter {
      constructor(
        schema: ParquetSchema,
        write: (bytes: Buffer) => void,
        close: () => void,
        fileOffset: number,
        options: Options,
      );
      setPageSize(rows: number): void;
    }

    class ParquetWriter {
      constructor(schema: ParquetSchema, envelope: ParquetEnvelopeWriter, options: Options);
      /** Keys are those of the schema. Throws texts, not errors. */
      appendRow(row: Readonly<Record<string, unknown>>): Promise<void>;
      setMetadata(key: string, value: string): void;
      setRowGroupSize(rows: number): void;
      close(): Promise<void>;
    }
  }
  export = parquet;
}
