/** Reads `COPY …` from DATABASE_URL and drops every row as it comes: what psql does with the null device, where there is none. */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await new Promise<void>((resolve, reject) => {
  const statement = {
    submit: (connection: pg.Connection) => connection.query(process.argv[2] ?? ''),
    handleCopyData: () => undefined,
    handleCommandComplete: () => undefined,
    handleReadyForQuery: () => resolve(),
    handleError: reject,
  };
  client.query(statement as unknown as pg.Submittable);
});
await client.end();
