import { type Compression, type ExportPlan, SnapkeepError, type Writer } from '@snapkeep/sdk';
import type { Dataset } from '../dataset.ts';
import type { ExportRequest } from './request.ts';

/** The codec asked for by flag or configuration, or the writer's own default. @throws where the writer lacks it */
export function compressionOf(request: ExportRequest, dataset: Dataset, writer: Writer, name: string): Compression {
  const asked = request.compression ?? dataset.config.compression;
  const [first = 'zstd'] = writer.compressions ?? [];
  if (asked === undefined || (writer.compressions?.includes(asked) ?? true)) return asked ?? first;
  const offered = writer.compressions?.join(' or ');
  throw new SnapkeepError(
    request.compression === undefined ? 'SNAPKEEP_CONFIG_INVALID' : 'SNAPKEEP_USAGE',
    `the writer ${name} has no compression ${asked}`,
    {
      hint:
        request.compression === undefined
          ? `Write datasets.${dataset.name}.compression: ${offered}, or leave it out.`
          : `Use --compression ${offered}.`,
      details: { writer: name, compression: asked, offered: writer.compressions },
    },
  );
}

/** What the writer can't hold exactly is refused before a row is read, every column by its name. */
export function assertHeld(writer: Writer, { columns, capabilities }: ExportPlan): void {
  const refused = writer.refuse(columns);
  const [first] = refused;
  if (!first) return;
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.sourceType ?? '';
  const about = refused.map(({ column, reason }) => ({ column, sourceType: typeOf(column), reason }));
  const subject = `the writer ${capabilities.writer} can't hold`;
  throw new SnapkeepError(
    'SNAPKEEP_COLUMN_REFUSED',
    refused.length === 1
      ? `${subject} the column ${JSON.stringify(first.column)} (${typeOf(first.column)}): ${first.reason}`
      : `${subject} ${refused.length.toLocaleString('en')} of ${columns.length.toLocaleString('en')} columns`,
    {
      notes:
        refused.length === 1
          ? []
          : about.map(({ column, sourceType, reason }) => `${JSON.stringify(column)} (${sourceType}): ${reason}`),
      details: { writer: capabilities.writer, columns: about },
    },
  );
}
