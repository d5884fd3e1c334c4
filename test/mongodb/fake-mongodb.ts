import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

/** A server that says what a test wants it to: for what no server at hand says, such as "I am too old". */
export interface FakeMongodb {
  readonly port: number;
  stop(): Promise<void>;
}

// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;

/** What a server from MongoDB 7.0 says of itself. */
const HELLO = {
  isWritablePrimary: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16_777_216,
};

const NOTHING_FOUND: Document = { cursor: { id: 0n, ns: 'views.any', firstBatch: [] } };

const SUCCESS: Readonly<Record<string, Document>> = {
  find: NOTHING_FOUND,
  listCollections: NOTHING_FOUND,
  insert: { n: 1 },
  update: { n: 1, nModified: 1 },
};

/** What it answers to a command: always the same, or what is said of this one, now or later. */
export type Answer = Document | ((command: Document) => Document | undefined | Promise<Document | undefined>);

/**
 * Answers each command with the entry in `answers` for its name, as a fault if that has a `code`; any other with success.
 * `hello` is what it says of itself, beside what every server does.
 */
export async function startFakeMongodb(answers: Readonly<Record<string, Answer>>): Promise<FakeMongodb> {
  const sockets = new Set<Socket>();
  const answer = async (command: Document): Promise<Document> => {
    const name = Object.keys(command)[0] as string;
    const isHello = ['hello', 'ismaster', 'isMaster'].includes(name);
    const given = answers[isHello ? 'hello' : name];
    const said = (await (typeof given === 'function' ? given(command) : given)) ?? SUCCESS[name] ?? {};
    return { ok: said.code === undefined ? 1 : 0, ...(isHello && HELLO), ...said };
  };
  const listener = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', async (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= HEADER_BYTES && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        socket.write(await replyTo(message, answer));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function replyTo(message: Buffer, answer: (command: Document) => Promise<Document>): Promise<Buffer> {
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  // A query: flags, the collection's name, how many to skip and to give; a message: flags and the section's kind.
  const start = isQuery ? message.indexOf(0, HEADER_BYTES + 4) + 9 : HEADER_BYTES + 5;
  const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
  const document = BSON.serialize(await answer(command));
  // A reply: flags, cursor, place, and that there is one document.
  const before = Buffer.alloc(isQuery ? 20 : 5);
  if (isQuery) before.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + before.length + document.length, 0);
  header.writeInt32LE(message.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, before, document]);
}
