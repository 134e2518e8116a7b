import type { Manifest } from '@snapkeep/sdk';

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
