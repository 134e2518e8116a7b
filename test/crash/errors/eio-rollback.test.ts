import { failsAtEachCall } from '../failing-calls.ts';

failsAtEachCall({
  command: ['version', 'rollback', 'orders', 'v1'],
  who: 'own',
  calls: 'names',
  fate: 'EIO',
  before: 2,
  after: 3,
});
