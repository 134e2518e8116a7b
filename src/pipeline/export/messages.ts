import type { Manifest } from '@snapkeep/sdk';
import type { VersionLine } from '../../store/versions-file.ts';

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}

/** What git's log and `versions.ndjson` say of an export. */
export function commitMessage(
  manifest: Manifest,
  version: number,
  message?: string,
): { subject: string; commit: string } {
  const { plan, counts } = manifest;
  const subject = message?.split('\n')[0]?.trim() || `export of ${rowsText(manifest.rows)}`;
  const relation = plan.relation.kind === 'query' ? 'a query' : `${plan.relation.schema}.${plan.relation.name}`;
  const facts = [
    `Snapshot: ${manifest.snapshot}`,
    `Source:   ${relation} at ${plan.instant.time}`,
    `Rows:     ${rowsText(manifest.rows)}${counts.rejected > 0 ? `, ${counts.rejected.toLocaleString('en')} rejected` : ''}, ${megabytes(manifest.bytes)}`,
    `Content:  ${manifest.contentHash}`,
  ];
  const rest = message?.split('\n').slice(1).join('\n').trim();
  return {
    subject,
    commit: [`${manifest.dataset} v${version}: ${subject}`, '', ...(rest ? [rest, ''] : []), ...facts].join('\n'),
  };
}

/** What git's log says of a run that made versions of several datasets. */
export function runMessage(
  versions: readonly { readonly manifest: Manifest; readonly line: VersionLine; readonly commitMessage: string }[],
  message?: string,
): string {
  const [first] = versions;
  if (!first) return '';
  if (versions.length === 1) return first.commitMessage;
  const names = versions.map(({ manifest, line }) => `${manifest.dataset} v${line.version}`);
  const [subject = '', ...rest] = (message ?? '').split('\n');
  const body = rest.join('\n').trim();
  const facts = versions.map(({ manifest }, index) =>
    [
      `${names[index]}: ${rowsText(manifest.rows)}, ${megabytes(manifest.bytes)}`,
      `  ${manifest.snapshot}`,
      `  ${manifest.contentHash}`,
    ].join('\n'),
  );
  const lines = [
    `${versions.length} datasets: ${subject.trim() || names.join(', ')}`,
    ...(body ? [body] : []),
    facts.join('\n'),
    `Instant: ${first.manifest.plan.instant.time}`,
  ];
  return lines.join('\n\n');
}
