import { Args, Flags, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { type TagResult, tagVersion } from '../../pipeline/version/tag.ts';

export default class VersionTagCommand extends SnapkeepCommand<typeof VersionTagCommand, TagResult> {
  static override summary = 'Give a version a name, or show, remove and restore tags.';
  static override description =
    'The name is a git tag at the version’s commit: git checkout, --at and version show take it, and retention keeps the version (keepTagged). --restore makes the versions’ own tags again from versions.ndjson, as in a clone without tags, and moves those that name another version, as after version merge.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events v1 paper-2026',
    '<%= config.bin %> <%= command.id %> behavioral_events --delete paper-2026',
    '<%= config.bin %> <%= command.id %> behavioral_events --restore --dry-run',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({
      description: 'v3, latest~1, a snapshot’s id, a date or a commit; absent: the tags are shown.',
    }),
    tag: Args.string({ description: 'The name, e.g. paper-2026.' }),
  };
  static override flags = {
    delete: Flags.string({ summary: 'Remove this tag.', helpValue: 'TAG', exclusive: ['restore', 'message'] }),
    'dry-run': Flags.boolean({ summary: 'Say what would be done; change nothing.' }),
    message: Flags.string({ char: 'm', summary: 'What git show says of the tag.', helpValue: 'TEXT' }),
    restore: Flags.boolean({ summary: 'Make versions’ own tags as versions.ndjson has them.' }),
  };

  protected override execute(): Promise<TagResult> {
    const { delete: remove, 'dry-run': dryRun, message, restore } = this.flags;
    return tagVersion(this.runtime, { ...this.args, remove, dryRun, message, restore });
  }

  protected override answers({ dryRun, action }: TagResult): boolean {
    return dryRun || action === 'shown';
  }

  protected override print({ dataset, action, tags, moved, unknown, unchanged, dryRun }: TagResult): void {
    const { out } = this;
    const { bold, green, yellow, dim } = out.colour;
    const mark = dryRun ? '·' : green('✓');
    switch (action) {
      case 'shown':
        if (tags.length === 0) out.note(`No version of ${dataset} has a tag of its own.`);
        else
          out.table(
            ['tag', 'version', 'commit'],
            tags.map(({ tag, version, commit }) => [tag, `v${version}`, commit.slice(0, 10)]),
          );
        break;
      case 'created':
      case 'removed':
        for (const { tag, version, commit } of tags) {
          const verb = unchanged ? 'is there already' : action === 'created' ? 'made' : 'removed';
          out.line(
            `${mark} ${bold(out.safe(tag))}  ${dataset} v${version}  ${dim(`commit ${commit.slice(0, 10)}`)}  ${verb}`,
          );
        }
        break;
      case 'restored':
        for (const version of unknown) {
          out.line(
            `${yellow('!')} v${version}: no commit of its own is here (git fetch --tags, git fetch --unshallow)`,
          );
        }
        for (const { tag, version, commit, from, named } of moved) {
          const whose = named === null ? 'another version' : `what is v${named} now`;
          const verb = dryRun ? 'would be moved' : 'moved';
          out.line(
            `${mark} ${tag} named ${whose} (commit ${from.slice(0, 10)}): ${verb} to v${version} (commit ${commit.slice(0, 10)})`,
          );
        }
        if (!unchanged && tags.length === 0) break;
        out.line(
          unchanged
            ? `${bold(dataset)}: no tag to make`
            : `${mark} ${bold(dataset)}: ${formatCount(tags.length, 'tags')} made again`,
        );
        break;
    }
  }
}
