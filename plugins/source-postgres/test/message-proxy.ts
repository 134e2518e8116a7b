import { connect, createServer, type Socket } from 'node:net';

export type Fate = 'pass' | 'drop' | 'cut';

/** A TCP proxy that knows where a message of the server ends, and decides what becomes of each. */
export interface MessageProxy {
  readonly port: number;
  /** Messages that the server sent so far on the first connection: their types. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/**
 * @param fate - for the n-th message, from 0, of the first connection; all later ones pass whole
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function startMessageProxy(
  serverUrl: string,
  fate: (index: number, type: string) => Fate,
): Promise<MessageProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const seen: string[] = [];
  let connections = 0;
  const listener = createServer((client) => {
    connections += 1;
    const first = connections === 1;
    const server = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.pipe(server);
    if (!first) {
      server.pipe(client);
      return;
    }
    let buffered = Buffer.alloc(0);
    server.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 5) {
        const length = 1 + buffered.readInt32BE(1);
        if (buffered.length < length) return;
        const message = buffered.subarray(0, length);
        buffered = buffered.subarray(length);
        const type = String.fromCharCode(message[0] ?? 0);
        const what = fate(seen.length, type);
        seen.push(type);
        if (what === 'pass') client.write(message);
        if (what === 'cut') {
          client.end();
          server.destroy();
          return;
        }
      }
    });
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}
