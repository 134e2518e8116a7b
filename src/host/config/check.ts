import { SnapkeepError } from '@snapkeep/sdk';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { dotted, partsOf, pointerOf } from './pointer.ts';
import { describeProblem } from './problem.ts';
import type { Place, SourceFile } from './read-file.ts';

/** The published schema as `npm run build` compiled it; the same relative path from src/ and from dist/. */
const COMPILED = new URL('../../../dist/compiled/config-check.cjs', import.meta.url).href;

interface Problem extends Partial<Place> {
  readonly path: string;
  readonly message: string;
  readonly suggestion: string | null;
}

/**
 * Holds a file against the published JSON Schema.
 * @param value - the file's value with the environment put in
 * @throws SNAPKEEP_CONFIG_INVALID naming file, line, column; all problems in `details`
 */
export async function checkConfig(value: unknown, file: SourceFile): Promise<void> {
  const { default: validate }: { readonly default: ValidateFunction } = await import(COMPILED);
  if (validate(value)) {
    const blank = blankPolicies(value, file);
    if (blank.length > 0) throw refusal(blank, file);
    return;
  }
  const errors = (validate.errors ?? []).filter(isTelling);
  const problems = errors.filter((error) => !isExplained(error, errors)).map((error) => toProblem(error, file));
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  throw refusal(problems, file);
}

/** `onInexact:` with nothing behind it must not mean the policy null, though YAML says so. */
function blankPolicies(value: unknown, file: SourceFile): Problem[] {
  const { datasets = {} } = value as { readonly datasets?: Readonly<Record<string, { readonly onInexact?: unknown }>> };
  const paths = Object.entries(datasets).flatMap(([name, { onInexact }]) => {
    const path = ['datasets', name, 'onInexact'];
    const keys = typeof onInexact === 'object' && onInexact !== null ? Object.keys(onInexact) : [];
    return [path, ...keys.map((key) => [...path, key])];
  });
  return paths
    .filter((parts) => file.isBlank(parts))
    .map((parts) => ({
      path: pointerOf(parts),
      ...file.place(parts, 'key'),
      message: `${dotted(parts)} is empty; write null for the policy of that name`,
      suggestion: null,
    }));
}

/** Not the errors inside a `oneOf`, and not those that only say that another one happened. */
function isTelling({ keyword, schemaPath }: ErrorObject): boolean {
  return !/\/(?:oneOf|anyOf|not)\//.test(schemaPath) && keyword !== 'propertyNames' && keyword !== 'if';
}

/** A misspelt `tabel` is why `table` is missing; one message is enough. */
function isExplained({ keyword, instancePath }: ErrorObject, errors: readonly ErrorObject[]): boolean {
  return (
    keyword === 'oneOf' &&
    errors.some((other) => other.keyword === 'additionalProperties' && other.instancePath === instancePath)
  );
}

function toProblem(error: ErrorObject, file: SourceFile): Problem {
  const parts = partsOf(error.instancePath);
  const { message, key, suggestion } = describeProblem(error, parts);
  const place = key === undefined ? file.place(parts) : file.place([...parts, key], 'key');
  return { path: error.instancePath, ...place, message, suggestion: suggestion ?? null };
}

function refusal(problems: readonly Problem[], file: SourceFile): SnapkeepError {
  const say = ({ line, column, message, suggestion }: Problem, name: string) => {
    const place = line === undefined ? name : `${name}:${line}:${column}`;
    return `${place}: ${message}${suggestion === null ? '' : `; did you mean ${suggestion}?`}`;
  };
  const [first, ...others] = problems;
  const message = first ? say(first, file.shown) : `${file.shown} breaks its schema`;
  const more = others.slice(0, 5).map((problem) => say(problem, file.shown));
  const hint = more.length === 0 ? undefined : `Correct that line, and: ${more.join(' · ')}`;
  return new SnapkeepError('SNAPKEEP_CONFIG_INVALID', message, { hint, details: { file: file.shown, problems } });
}
