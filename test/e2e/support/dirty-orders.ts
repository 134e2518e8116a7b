import { orders } from './events.ts';
import { createProject, type Project, type ProjectOptions } from './project.ts';

const SCHEMA = {
  required: ['order_id', 'amount'],
  properties: {
    order_id: { type: 'integer' },
    customer: { type: 'string', minLength: 1 },
    email: { type: ['string', 'null'], format: 'email', 'x-sensitive': true },
    amount: { type: 'number', minimum: 0 },
    details: { $ref: '#/$defs/details' },
  },
  $defs: {
    details: {
      type: ['object', 'null'],
      properties: { lines: { type: 'array', items: { properties: { qty: { type: 'integer', minimum: 1 } } } } },
    },
  },
};

/** 40 orders of which 5 break the schema, one of them in two ways; what is in `api_token` is nobody's secret. */
const DIRT = `
  ALTER TABLE orders ADD COLUMN email text, ADD COLUMN details jsonb, ADD COLUMN api_token text DEFAULT 'tok';
  UPDATE orders SET details = '{"lines": [{"qty": 2}]}';
  UPDATE orders SET amount = -5 WHERE order_id IN (9, 10, 11);
  UPDATE orders SET customer = '' WHERE order_id = 11;
  UPDATE orders SET email = 'nobody at all' WHERE order_id = 20;
  UPDATE orders SET details = '{"lines": [{"qty": 2}, {"qty": -12345678901234567890}]}' WHERE order_id = 30`;

/** A project whose table holds them, with that schema. */
export async function dirtyProject(
  config: Record<string, unknown> = {},
  options: ProjectOptions = {},
): Promise<Project> {
  const datasets = { orders: { table: 'orders', schema: 'orders.schema.json', ...config } };
  const project = await createProject({ sql: [...orders(40), DIRT], datasets, ...options });
  await project.write({ 'orders.schema.json': SCHEMA });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'schema');
  return project;
}

export interface Exported {
  readonly path: string;
  readonly version: number;
  readonly report: string;
  readonly quarantine: { readonly files: readonly { readonly sha256: string; readonly path: string }[] } | null;
}
