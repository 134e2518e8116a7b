import { EXPORT, failsAtEachCall } from '../failing-calls.ts';

failsAtEachCall({ ...EXPORT, command: ['run', 'orders'], who: 'own', calls: 'names', fate: 'EIO' });
