import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';

/** Who writes pointers and objects: `dvc add`, or snapkeep, byte for byte as `dvc add` would (`plugins.dvc.writer`). */
export type DvcWriter = 'dvc' | 'native';

/** @throws SNAPKEEP_CONFIG_INVALID */
export function writerOf({ settings }: Pick<PluginContext, 'settings'>): DvcWriter {
  const { writer = 'dvc' } = settings;
  if (writer === 'dvc' || writer === 'native') return writer;
  throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `plugins.dvc.writer is ${JSON.stringify(writer)}.`, {
    hint: 'It is dvc, the default, or native.',
  });
}
