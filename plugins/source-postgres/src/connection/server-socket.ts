import { Socket } from 'node:net';

/** What is read at once at most. */
const READ_BYTES = 64 * 1024;

/**
 * A socket of which each piece is as long as what came. Node's own sets 64 KiB aside for a read of some 10 KiB, and V8 marks its
 * whole heap after 64 MB of that: two dozen times while a million rows come.
 */
export function serverSocket(): Socket {
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length: number, bytes: Uint8Array) => socket.push(Buffer.from(bytes.subarray(0, length))),
  };
  const socket: Socket = new Socket({ onread });
  return socket;
}
