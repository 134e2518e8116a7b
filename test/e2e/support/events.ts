import { createBehavioralEvents, insertBehavioralEvents } from '../../support/behavioral-events.ts';

/** Statements that make the demo's table with so many rows, all of January 2026 and before. */
export function behavioralEvents(rows: number): string[] {
  return [...createBehavioralEvents(), insertBehavioralEvents({ rows, baseTime: '2026-01-31T00:00:00Z' })];
}

/** Statements that make `orders`, a small table with a key and a time. */
export function orders(rows: number): string[] {
  return [
    `CREATE TABLE orders (
       order_id int PRIMARY KEY, customer text NOT NULL, amount numeric(10,2) NOT NULL,
       created_at timestamptz NOT NULL
     )`,
    `INSERT INTO orders
       SELECT n, 'customer ' || n % 7, n * 1.25, timestamptz '2026-01-01 00:00+00' + n * interval '1 hour'
       FROM generate_series(1, ${rows}) AS n`,
  ];
}
