import { Args, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { type NoteResult, noteVersion } from '../../pipeline/version/note.ts';

export default class VersionNote extends SnapkeepCommand<typeof VersionNote, NoteResult> {
  static override summary = 'Add a note to a version, or show its notes.';
  static override description =
    'Notes are kept in notes.ndjson beside versions.ndjson, each added by a commit of its own: they go where git goes. The version itself never changes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events v1',
    '<%= config.bin %> <%= command.id %> behavioral_events latest "the load of Tuesday is missing"',
    '<%= config.bin %> <%= command.id %> behavioral_events paper-2026 "table 3 was made from this" --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({ required: true, description: 'v3, latest~1, a snapshot’s id, a date, a tag or a commit.' }),
    text: Args.string({ description: 'The note; absent: the notes are shown.' }),
  };
  static override flags = WAIT_FLAG;

  protected override execute(): Promise<NoteResult> {
    return noteVersion(this.runtime, this.args);
  }

  protected override answers({ added }: NoteResult): boolean {
    return !added;
  }

  protected override print({ dataset, version, notes, added, commit }: NoteResult): void {
    const { out } = this;
    const { bold, green, dim } = out.colour;
    if (notes.length === 0) out.note(`${dataset} v${version} has no notes`);
    if (added) out.line(`${green('✓')} ${bold(`${dataset} v${version}`)} noted`);
    for (const { created, text } of added ? [] : notes) {
      out.line(dim(`${created.slice(0, 19).replace('T', ' ')} UTC`));
      for (const line of text.split('\n')) out.line(`  ${out.safe(line)}`);
    }
    if (commit !== null) out.line(dim(`  commit ${commit.slice(0, 10)}`));
  }
}
