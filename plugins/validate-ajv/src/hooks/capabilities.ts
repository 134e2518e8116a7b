import { defineCapability, type EventHandler } from '@snapkeep/sdk';

/** Tells snapkeep what this package provides; ajv itself is loaded when it is used. */
const capabilities: EventHandler<'capabilities'> = async () => [
  defineCapability('validator', 'ajv', async () => (await import('../validator.ts')).ajvValidator),
];

export default capabilities;
