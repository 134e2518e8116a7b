import type { Place } from './exporter.ts';
import type { Report } from './report.ts';

const LIMIT = 200;

/** One line of a tool's message, without this run's server, paths and places in sources. */
function tidy(message: string, { url, folder }: Place): string {
  const { host, password, port } = new URL(url);
  const known = message
    .replaceAll(url, 'URL')
    .replaceAll(folder, '…')
    .replaceAll(host, 'HOST')
    .replaceAll(password, '…')
    .replaceAll(port, 'PORT')
    .replace(/[\s·]*\(Background on this error at: [^)]*\)/, '')
    .replace(/(?:\/[\w.@+-]+){3,}/g, '…')
    .replace(/^[\s·]+|\s+/g, ' ')
    .trim();
  return known.length > LIMIT ? `${known.slice(0, LIMIT - 1)}…` : known;
}

/** The report as anybody's run would give it. */
export function withoutPlaces(report: Report, place: Place): Report {
  const text = JSON.stringify(report, (key, value: unknown) =>
    typeof value === 'string' && ['reason', 'rejectedWhole', 'missing'].includes(key) ? tidy(value, place) : value,
  );
  return JSON.parse(text) as Report;
}
