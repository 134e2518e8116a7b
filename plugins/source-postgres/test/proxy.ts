import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** A TCP proxy in front of a server that can go silent, as a stalled host or a cut network does. */
export interface StallingProxy {
  readonly port: number;
  /** From now on nothing passes, in neither direction; connections stay open. */
  stall(): void;
  close(): Promise<void>;
}

const SSL_REQUEST = 80877103;

/** @param tls - the proxy speaks TLS to the client, with this certificate, and plainly to the server */
export async function startProxy(serverUrl: string, tls?: { cert: string; key: string }): Promise<StallingProxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let stalled = false;
  const join = (client: Socket, first?: Buffer) => {
    const server = connect(Number(port), hostname);
    sockets.add(server);
    if (first) server.write(first);
    client.on('data', (chunk) => stalled || server.write(chunk));
    server.on('data', (chunk) => stalled || client.write(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  };
  const listener = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    if (tls === undefined) return join(client);
    client.once('data', (first) => {
      if (first.readInt32BE(4) !== SSL_REQUEST) return join(client, first);
      client.write('S');
      join(new TLSSocket(client, { isServer: true, secureContext: createSecureContext(tls) }));
    });
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    stall: () => {
      stalled = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        listener.close(() => resolve());
      });
    },
  };
}

/** The same address through a proxy. */
export function through(url: string, proxy: StallingProxy, parameters = ''): string {
  const address = new URL(url);
  address.hostname = '127.0.0.1';
  address.port = String(proxy.port);
  address.search = parameters;
  return address.toString();
}
