import { EXPORT, failsAtEachCall } from '../failing-calls.ts';

failsAtEachCall({ ...EXPORT, who: 'own', calls: 'names', fate: 'EIO' });
