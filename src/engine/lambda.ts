let lambdas = 0;

/** A name for a lambda's parameter: they must differ where lambdas stand in one another. */
export function parameter(): string {
  lambdas += 1;
  return `e${lambdas}`;
}

/** SQL: list → list of what `read` makes of each of its items. */
export function transformed(list: string, read: (item: string) => string): string {
  const one = parameter();
  const value = read(one);
  return value === one ? list : `list_transform(${list}, lambda ${one}: ${value})`;
}

/** SQL: what `read` makes of a value that is computed once. */
export function computedOnce(value: string, read: (name: string) => string): string {
  return `${transformed(`[${value}]`, read)}[1]`;
}
