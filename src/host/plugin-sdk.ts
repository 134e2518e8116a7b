import module from 'node:module';

const SDK = /^@snapkeep\/sdk(?:\/|$)/;

/**
 * A plugin that has no SDK beside it (`snapkeep plugins link` of a fresh checkout) gets ours; one that brings its
 * own keeps it. Node before 22.15 has no such hook: there the plugin must bring one.
 * @see https://nodejs.org/api/module.html#moduleregisterhooksoptions
 */
export function lendSdk(): void {
  if (typeof module.registerHooks !== 'function') return;
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!SDK.test(specifier)) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
