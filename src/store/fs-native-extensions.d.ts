declare module 'fs-native-extensions' {
  /** An exclusive lock on the open file description; false where another one holds it. */
  export function tryLock(fd: number): boolean;
  export function unlock(fd: number): void;
}
