/**
 * The contract between snapkeep and its plugins.
 *
 * A plugin depends on this package and on nothing else of snapkeep's. Everything here is
 * types, the error registry and a few pure functions; importing it costs next to nothing.
 */
export * from './cache-folder.ts';
export * from './capabilities.ts';
export * from './columns.ts';
export * from './context.ts';
export * from './errors/error.ts';
export * from './errors/registry.ts';
export * from './events.ts';
export * from './inexact-policy.ts';
export * from './json-form.ts';
export * from './json-schema/keywords.ts';
export * from './json-schema/names.ts';
export * from './json-schema/walk.ts';
export * from './keyword.ts';
export * from './manifest.ts';
export * from './nearest.ts';
export * from './nested-text.ts';
export * from './plan.ts';
export * from './snapshot.ts';
export * from './source.ts';
export * from './sync-target.ts';
export * from './text.ts';
export * from './validator.ts';
export * from './version-store.ts';
export * from './writer.ts';
