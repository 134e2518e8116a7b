/** Measures what an export spends its time on. */
export class Phases {
  readonly #started = performance.now();
  readonly #ms: Record<string, number> = {};

  async measure<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.add(name, performance.now() - from);
    }
  }

  add(name: string, ms: number): void {
    this.#ms[name] = (this.#ms[name] ?? 0) + ms;
  }

  get totalMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  /** Milliseconds per phase, whole numbers. */
  get all(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.#ms).map(([name, ms]) => [name, Math.round(ms)]));
  }
}
