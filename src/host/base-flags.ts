import { boolean, string } from '@oclif/core/flags';

const group = { helpGroup: 'GLOBAL' } as const;

/** Flags of every command. */
export const BASE_FLAGS = {
  json: boolean({ ...group, summary: 'Print one JSON document on stdout, for errors too.' }),
  config: string({ ...group, summary: 'Configuration file to use.', helpValue: 'PATH' }),
  profile: string({ ...group, summary: 'Profile of the configuration to use.', helpValue: 'NAME' }),
  url: string({
    ...group,
    summary: 'Database to read, e.g. postgres://user@host/db or pglite:./pgdata.',
    helpValue: 'URL',
  }),
  quiet: boolean({
    ...group,
    char: 'q',
    summary: 'Only what was asked for, warnings and errors; nothing where all went well.',
    exclusive: ['verbose', 'debug'],
  }),
  verbose: boolean({ ...group, char: 'v', summary: 'Also say why something was decided.' }),
  debug: boolean({ ...group, summary: 'Also SQL, calls of other programs, and the stack of an error.' }),
};
