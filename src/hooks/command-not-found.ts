import type { Hook } from '@oclif/core';
import { unknownCommand } from '../host/failure/unknown-command.ts';

/** Says what was probably meant, in a pipe too, and ends with 2. */
const commandNotFound: Hook<'command_not_found'> = async function commandNotFound({ id, config }) {
  throw unknownCommand(id, config.commandIDs);
};

export default commandNotFound;
