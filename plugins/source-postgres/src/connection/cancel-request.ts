import { connect } from 'node:net';
import type pg from 'pg';

const CANCEL_REQUEST_CODE = 80877102;
/** Longer than this nobody waits for a server that may not even answer. */
const PATIENCE_MS = 500;

/**
 * Asks the server to stop what a connection makes it do, as a backend that computes does not notice
 * that its client has gone. Sent in the clear, as libpq did until version 17: it holds nothing but a
 * key that serves to cancel. Settles when it was sent or has failed; never rejects.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(client: pg.Client): Promise<void> {
  const message = cancelMessage(client);
  if (message === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const socket = client.host.startsWith('/')
      ? connect(`${client.host}/.s.PGSQL.${client.port}`)
      : connect(client.port, client.host);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
    socket.once('connect', () => socket.end(message));
    // The server answers by closing; a connection needs no more than that.
    socket.resume();
  });
}

/** pg knows both numbers from BackendKeyData, but its types don't. */
function cancelMessage(client: pg.Client): Buffer | undefined {
  const { processID, secretKey } = { processID: 0, secretKey: 0, ...client };
  if (typeof processID !== 'number' || typeof secretKey !== 'number' || processID === 0) return undefined;
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  return message;
}
