import type { ExportPlan } from '@snapkeep/sdk';
import { stagedForm } from '../../engine/column-plan.ts';
import { csvField } from './csv-pipe.ts';

/** A row as one CSV line, nested columns as documents. */
export function lineBuilder(plan: ExportPlan): (texts: readonly (string | null)[]) => string {
  const staged = plan.columns.map(stagedForm);
  const field = (text: string | null, index: number) => {
    const encode = text === null ? undefined : staged[index];
    return csvField(encode && text !== null ? encode(text) : text);
  };
  return (texts) => {
    let line = field(texts[0] ?? null, 0);
    if (texts.length === 1) return `${line},\n`;
    for (let index = 1; index < texts.length; index += 1) line += `,${field(texts[index] ?? null, index)}`;
    return `${line}\n`;
  };
}
