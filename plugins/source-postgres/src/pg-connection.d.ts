/** What pg's types leave out of `pg.Connection`, and is used here. */
import 'pg';

declare module 'pg' {
  interface Connection {
    /** Called once there is a stream of messages, behind TLS where there is any: its `data` goes to pg's parser. */
    attachListeners(stream: NodeJS.EventEmitter): void;
  }
}
