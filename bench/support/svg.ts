/** What every chart of ours looks like, light and dark; no script, no request to anywhere. */
const STYLE = `
  .paper { fill: #ffffff; } .ink { fill: #1f2933; } .quiet { fill: #5f6c7b; } .rule { stroke: #d5dbe3; } .axis { stroke: #8793a3; }
  .ours { fill: #0f766e; } .other { fill: #a3b1c2; } .floor { fill: #475569; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
  .s0 { stroke: #0f766e; } .s1 { stroke: #b45309; } .s2 { stroke: #4f46e5; } .s3 { stroke: #be185d; } .s4 { stroke: #64748b; }
  .d0 { fill: #0f766e; } .d1 { fill: #b45309; } .d2 { fill: #4f46e5; } .d3 { fill: #be185d; } .d4 { fill: #64748b; }
  .dash { stroke-dasharray: 5 5; }
  text { font: 14px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
  .title { font-size: 18px; font-weight: 600; } .small { font-size: 12px; } .strong { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .quiet { fill: #9aa7b5; } .rule { stroke: #2d3540; } .axis { stroke: #6b7785; }
    .ours { fill: #2dd4bf; } .other { fill: #536172; } .floor { fill: #94a3b8; }
    .s0 { stroke: #2dd4bf; } .s1 { stroke: #f59e0b; } .s2 { stroke: #a5b4fc; } .s3 { stroke: #f472b6; } .s4 { stroke: #94a3b8; }
    .d0 { fill: #2dd4bf; } .d1 { fill: #f59e0b; } .d2 { fill: #a5b4fc; } .d3 { fill: #f472b6; } .d4 { fill: #94a3b8; }
  }`;

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
}

export interface TextOptions {
  readonly of?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** `of`: classes of the style above. */
export function text(
  x: number,
  y: number,
  content: string,
  { of = 'ink', anchor = 'start' }: TextOptions = {},
): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${of}" text-anchor="${anchor}">${escapeXml(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, of: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${of}"/>`;
}

/** Pixels to a tenth: more only makes differences. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** @param label - what a screen reader says in place of the picture */
export function svg(width: number, height: number, label: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(label)}">
<style>${STYLE}
</style>
<rect width="${width}" height="${height}" rx="8" class="paper"/>
${parts.join('\n')}
</svg>
`;
}
