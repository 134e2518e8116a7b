import type { Progress } from '@snapkeep/sdk';

export interface HostProgress extends Progress {
  /** Ends what is still shown, also where the command failed. */
  close(): void;
}
