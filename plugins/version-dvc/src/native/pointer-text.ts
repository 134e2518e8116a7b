import { SnapkeepError } from '@snapkeep/sdk';
import type { Pointer } from '../pointer.ts';

/** A snapshot's id: YAML never takes it for a number or a date, so it stands there without quotes. */
const PLAIN_NAME = /^\d{8}T\d{9}Z-[0-9a-z]+$/;

/**
 * A `.dvc` file of one folder, as DVC 3 writes it.
 * @param name - of the folder, a snapshot's id
 * @throws SNAPKEEP_DVC_FAILED where the name is not one
 */
export function pointerText(name: string, { md5, bytes, files }: Pointer): string {
  if (!PLAIN_NAME.test(name)) {
    throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `${JSON.stringify(name)} is not the name of a snapshot.`, {
      hint: 'Other folders are tracked by DVC itself: plugins.dvc.writer: dvc.',
    });
  }
  return `outs:\n- md5: ${md5}\n  size: ${bytes}\n  nfiles: ${files}\n  hash: md5\n  path: ${name}\n`;
}
