import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A link to a server that is far away. */
export interface SlowLink extends AsyncDisposable {
  /** The server's address by way of the link. */
  readonly url: string;
}

export interface LinkLimits {
  /** How much later each byte arrives, in either direction. */
  readonly delayMs: number;
  /** Of one connection from the server, as TCP over a long way has it, or a provider's limit. */
  readonly bytesPerSecond: number;
}

/** So much may be on its way at once. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** A TCP proxy before a server, by which every byte is late and each connection has so much a second. */
export async function openSlowLink(serverUrl: string, limits: LinkLimits): Promise<SlowLink> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    pass(client, server, { ...limits, bytesPerSecond: Number.POSITIVE_INFINITY });
    pass(server, client, limits);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as AddressInfo).port);
  return {
    url: url.toString(),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Every chunk leaves when the ones before it have been sent at that rate, and arrives so much later. */
function pass(from: Socket, to: Socket, { delayMs, bytesPerSecond }: LinkLimits): void {
  let freeAt = 0;
  let onItsWay = 0;
  let order = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    freeAt = Math.max(freeAt, performance.now()) + (chunk.length / bytesPerSecond) * 1000;
    const arrivesAt = freeAt + delayMs;
    onItsWay += chunk.length;
    if (onItsWay > WINDOW_BYTES) from.pause();
    order = order.then(async () => {
      const leftMs = arrivesAt - performance.now();
      if (leftMs > 1) await sleep(leftMs);
      if (!to.destroyed && !to.write(chunk))
        await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined);
      onItsWay -= chunk.length;
      if (from.isPaused() && onItsWay < WINDOW_BYTES / 2) from.resume();
    });
  });
  from.on('end', () => {
    order.then(() => to.end());
  });
}
