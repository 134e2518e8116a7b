import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopyOut } from '../src/connection/copy-out.ts';
import { MessageStream } from '../src/connection/message-stream.ts';
import { RowTexts } from '../src/connection/row-texts.ts';

function message(code: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(code, 'latin1');
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

type Texts = readonly (string | null)[];

function dataRow(texts: Texts): Buffer {
  const values = texts.map((text) => {
    const bytes = Buffer.from(text ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(text === null ? -1 : bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const columns = Buffer.alloc(2);
  columns.writeUInt16BE(texts.length);
  return Buffer.concat([columns, ...values]);
}

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
const rows = fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ code: 'd', body: Buffer.from(bytes) }));
const others = fc.record({
  code: fc.constantFrom('N', 'S', 'A', 'T', 'H', 'C', 'Z', '1', '2', 's'),
  body: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
});

/** Cuts bytes into pieces of these lengths, again and again. */
function* cut(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, next = 0; at < bytes.length; next += 1) {
    const length = lengths[next % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

test('wherever the stream is cut, rows come whole and in order, and pg gets all the rest', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 3, arbitrary: rows }, others), { maxLength: 40 }),
      lengths,
      (messages, lengths) => {
        const stream = new MessageStream();
        const got: Buffer[] = [];
        const announced: number[] = [];
        const left: Buffer[] = [];
        stream.on('data', (bytes) => left.push(Buffer.from(bytes)));
        stream.rows = {
          code: 'd'.charCodeAt(0),
          begin: (bytes) => {
            announced.push(bytes);
            got.push(Buffer.alloc(0));
          },
          piece: (chunk, start, end) => {
            got.push(Buffer.concat([got.pop() ?? Buffer.alloc(0), chunk.subarray(start, end)]));
          },
        };
        for (const chunk of cut(Buffer.concat(messages.map(({ code, body }) => message(code, body))), lengths)) {
          // As the socket does: its memory is used again.
          const copy = Buffer.from(chunk);
          stream.take(copy);
          copy.fill(0xff);
        }
        const sent = messages.filter(({ code }) => code === 'd').map(({ body }) => body);
        const rest = messages.filter(({ code }) => code !== 'd').map(({ code, body }) => message(code, body));
        expect(got).toEqual(sent);
        expect(announced).toEqual(sent.map(({ length }) => length));
        expect(Buffer.concat(left)).toEqual(Buffer.concat(rest));
      },
    ),
  );
});

test('without anybody who takes them rows are pg’s as well', () => {
  const stream = new MessageStream();
  const left: Buffer[] = [];
  stream.on('data', (bytes) => left.push(bytes));
  const bytes = Buffer.concat([message('d', Buffer.from('row\n')), message('Z', Buffer.from('I'))]);
  for (const chunk of cut(bytes, [3])) stream.take(chunk);
  expect(Buffer.concat(left)).toEqual(bytes);
});

test('rows of any length are in batches of whole rows', async () => {
  const connection = { query: () => undefined, stream: { pause: () => undefined, resume: () => undefined } };
  const messages = new MessageStream();
  const copy = new CopyOut('COPY', messages);
  copy.submit(connection as never);
  const lengths = [10, 65_535, 2, 65_536, 65_537, 1, 300_000, 0, 5];
  const all = lengths.map((length, index) => Buffer.alloc(length, index + 1));
  const stream = Buffer.concat(all.map((body) => message('d', body)));
  for (const chunk of cut(stream, [7_000, 3, 65_536])) messages.take(chunk);
  copy.handleCommandComplete({ text: `COPY ${lengths.length}` });
  copy.handleReadyForQuery();
  const bytes: Buffer[] = [];
  let rowsSeen = 0;
  for (;;) {
    const answer = await copy.next();
    if ('sent' in answer) {
      expect(answer.sent).toBe(lengths.length);
      break;
    }
    const before = bytes.reduce((sum, { length }) => sum + length, 0);
    bytes.push(Buffer.from(answer.batch.bytes));
    const ends = lengths.slice(0, rowsSeen + answer.batch.rows).reduce((sum, length) => sum + length, 0);
    expect(before + answer.batch.bytes.length).toBe(ends);
    rowsSeen += answer.batch.rows;
  }
  expect(Buffer.concat(bytes)).toEqual(Buffer.concat(all));
  expect(messages.rows).toBeUndefined();
});

const text = fc.oneof(
  fc.integer().map(String),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 300 }),
  // Longer than a row may be that is read as one string, and than what a socket gives at once.
  fc.constantFrom('', 'é', '日本語', 'a'.repeat(12), 'a'.repeat(13), `${'a'.repeat(20_000)}ü`, 'x'.repeat(70_000)),
);

test('wherever the stream is cut, a cursor’s rows are the texts that were sent', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.option(text), { maxLength: 6 }), { maxLength: 8 }), lengths, (sent, cuts) => {
      const stream = new MessageStream();
      const malformed: unknown[] = [];
      const texts = new RowTexts((cause) => malformed.push(cause));
      stream.rows = texts;
      const got: Texts[] = [];
      const all = Buffer.concat(sent.map((row) => message('D', dataRow(row))));
      for (const chunk of cut(
        all,
        cuts.map((length) => length * 100),
      )) {
        const copy = Buffer.from(chunk);
        stream.take(copy);
        copy.fill(0xff);
        if (chunk.length % 3 === 0) got.push(...texts.take());
      }
      expect([...got, ...texts.take()]).toEqual(sent);
      expect(malformed).toEqual([]);
    }),
  );
});

const WHOLE = dataRow(['1234', null, 'abc']);

test.each([
  ['ends within a value', WHOLE.subarray(0, -1)],
  ['ends within a length', WHOLE.subarray(0, 12)],
  ['goes on behind its last value', Buffer.concat([WHOLE, Buffer.from('x')])],
  ['has a value of a length below that of NULL', Buffer.from([0, 1, 0xff, 0xff, 0xff, 0xfe])],
  ['has no number of columns', Buffer.from([0])],
])('a row that %s is none', (_, body) => {
  const stream = new MessageStream();
  const malformed: unknown[] = [];
  const texts = new RowTexts((cause) => malformed.push(cause));
  stream.rows = texts;
  stream.take(Buffer.concat([message('D', body), message('D', WHOLE)]));
  expect(malformed).toHaveLength(1);
  expect(texts.take()).toEqual([['1234', null, 'abc']]);
});
