import { EXPORT, failsAtEachCall } from '../failing-calls.ts';

failsAtEachCall({ ...EXPORT, who: 'children', calls: 'writes', fate: 'ENOSPC' });
