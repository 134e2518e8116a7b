/**
 * Tests that every plugin of a kind must pass, for any test runner:
 *
 * ```ts
 * for (const { name, run } of validatorConformance({ … })) test(name, run);
 * ```
 *
 * Each fails by throwing an AssertionError. They prove the contract, not the plugin's own subject.
 */
export * from './context.ts';
export * from './keyword.ts';
export { readCsv } from './read-csv.ts';
export * from './source.ts';
export * from './sync-target.ts';
export * from './test-case.ts';
export * from './validator.ts';
export * from './version-store.ts';
export * from './writer.ts';
