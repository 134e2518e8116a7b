import { quoteIdentifier } from '@snapkeep/sdk';
import { RAW_COPY_BY, rawCopy } from '../support/raw-copy.ts';
import type { Alternative } from './alternative.ts';

/** What nothing that reads the table by one connection can be faster than; no file comes of it. */
export const FLOOR: Alternative = {
  id: 'copy',
  name: 'raw COPY',
  how: `${RAW_COPY_BY === 'psql' ? 'psql --command ' : 'node, '}'COPY TABLE TO STDOUT (FORMAT csv)' > /dev/null`,
  docs: 'https://www.postgresql.org/docs/current/sql-copy.html',
  writes: false,
  open: async ({ url }) => ({
    versions: {},
    export: async ({ schema, table }) => ({
      ...(await rawCopy(url, `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`)),
      files: [],
    }),
  }),
};
