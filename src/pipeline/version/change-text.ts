import type { VersionChange } from './summaries.ts';

/** `+12`, `−3, 1 column`, `values`: what the manifests say of a version against the one before; empty for the first. */
export function changeText(change: VersionChange | null): string {
  if (change === null) return '';
  const { rows, columns, sameContent } = change;
  if (sameContent) return 'nothing';
  const parts = [
    ...(rows === 0 ? [] : [`${rows > 0 ? '+' : '−'}${Math.abs(rows).toLocaleString('en')}`]),
    ...(columns === 0 ? [] : [columns === 1 ? '1 column' : `${columns.toLocaleString('en')} columns`]),
  ];
  return parts.length === 0 ? 'values' : parts.join(', ');
}
