/** The part of fs-native-extensions that is used here; the package brings no types. */
declare module 'fs-native-extensions' {
  /** A kernel lock on an open file, released when it is closed. `false`: somebody else has it. */
  export function tryLock(fd: number): boolean;
}
