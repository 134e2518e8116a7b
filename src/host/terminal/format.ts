const GROUPED = new Intl.NumberFormat('en-US');
const TENTHS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `50,000`. */
export function formatNumber(value: number | bigint): string {
  return GROUPED.format(value);
}

/** `50,000 rows`, `1 row`; `noun` is the plural and takes an `s` off for one. */
export function formatCount(value: number | bigint, noun = 'rows'): string {
  return `${formatNumber(value)} ${Number(value) === 1 ? noun.replace(/s$/, '') : noun}`;
}

/** Powers of 1,000, as disks count: `4.2 MB`; `812 B`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${formatNumber(Math.round(bytes))} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${TENTHS.format(value)} ${BYTE_UNITS[unit]}`;
}

/** `85 ms`, `1.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${TENTHS.format(durationMs / 1000)} s`;
  const seconds = Math.round(durationMs / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
