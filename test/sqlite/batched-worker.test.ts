import { expect } from 'chai';
import { BatchedWorker } from '../../src/sqlite/batched-worker.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';
import { type Done, program, type Task } from './batched-worker-thread.ts';

const ANSWER: Task = { do: 'answer' };
const BLOCK: Task = { do: 'block' };
const DIE: Task = { do: 'die' };

describe('a batched worker', () => {
  let gate: Int32Array<SharedArrayBuffer>;
  let workers: BatchedWorker<Task, Done, SharedArrayBuffer>[];

  function start({
    batchSize = 100,
    timeoutMs = 10_000,
    weight = 1,
    onBatch = () => {},
  } = {}): BatchedWorker<Task, Done, SharedArrayBuffer> {
    const worker = new BatchedWorker<Task, Done, SharedArrayBuffer>({
      program,
      weightOf: () => weight,
      data: gate.buffer,
      batchSize,
      timeoutMs,
      onBatch,
    });
    workers.push(worker);
    return worker;
  }

  function openGate(): void {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  }

  function endedProperly(): boolean {
    return Atomics.load(gate, 1) === 1;
  }

  beforeEach(() => {
    gate = new Int32Array(new SharedArrayBuffer(8));
    workers = [];
  });

  afterEach(async () => {
    openGate();
    for (const worker of workers) await worker.close();
  });

  it('answers each request with its own outcome', async () => {
    const worker = start();
    const outcomes = await Promise.all([
      worker.request(ANSWER),
      worker.request({ do: 'fail' }),
      worker.request(ANSWER),
    ]);
    expect(outcomes).to.deep.equal([
      { reply: { batch: 1, size: 3 } },
      { failure: { code: 'told_to_fail', message: 'told to fail', detail: 1 } },
      { reply: { batch: 1, size: 3 } },
    ]);
  });

  it('puts requests that come while it is busy into the next batches, up to their size', async () => {
    const worker = start({ batchSize: 4 });
    const first = worker.request(BLOCK);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const others = Array.from({ length: 6 }, () => worker.request(ANSWER));
    openGate();
    expect(await first).to.deep.equal({ reply: { batch: 1, size: 1 } });
    const replies = (await Promise.all(others)).map((outcome) => ('reply' in outcome ? outcome.reply : null));
    expect(replies.map((reply) => [reply?.batch, reply?.size])).to.deep.equal([
      [2, 4],
      [2, 4],
      [2, 4],
      [2, 4],
      [3, 2],
      [3, 2],
    ]);
  });

  it('calls `onBatch` for each batch, not for each request', async () => {
    let batches = 0;
    const worker = start({ batchSize: 4, onBatch: () => (batches += 1) });
    await Promise.all(Array.from({ length: 6 }, () => worker.request(ANSWER)));
    expect(batches).to.equal(2);
  });

  it('ends a batch that becomes too heavy, but each holds at least one request', async () => {
    const worker = start({ weight: 9_000_000 });
    const outcomes = await Promise.all([worker.request(ANSWER), worker.request(ANSWER)]);
    expect(outcomes).to.deep.equal([{ reply: { batch: 1, size: 1 } }, { reply: { batch: 2, size: 1 } }]);
  });

  it('gives a stuck thread at most two batches, and accepts nothing until it is free again', async () => {
    const worker = start({ timeoutMs: 1_500 });
    await worker.request(ANSWER);
    const first = worker.request(BLOCK);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const second = worker.request(ANSWER);
    for (const lost of [first, second]) expect(await rejectionOf(lost)).to.include({ code: 'worker_lost' });
    expect(await rejectionOf(worker.request(ANSWER)))
      .to.have.property('message')
      .that.matches(/still working/);
    openGate();
    await until('it takes requests again', () =>
      worker.request(ANSWER).then(
        () => true,
        () => false,
      ),
    );
  });

  it('gives up all waiting requests when the oldest has waited too long', async () => {
    const worker = start({ timeoutMs: 600 });
    const first = worker.request(BLOCK);
    await new Promise(setImmediate);
    const errors = await Promise.all([first, worker.request(ANSWER)].map(rejectionOf));
    for (const error of errors) expect(error).to.include({ code: 'worker_lost', message: 'no answer within 600 ms' });
  });

  it('does not take a late answer for the answer of the next batch', async () => {
    const worker = start({ timeoutMs: 1_500 });
    await worker.request(ANSWER);
    expect(await rejectionOf(worker.request(BLOCK))).to.include({ code: 'worker_lost' });
    const next = [worker.request(ANSWER), worker.request(ANSWER)];
    await new Promise(setImmediate);
    openGate();
    for (const outcome of await Promise.all(next)) expect(outcome).to.deep.equal({ reply: { batch: 3, size: 2 } });
  });

  it('rejects the requests of a thread that dies, and starts another thread for the next request', async () => {
    const worker = start();
    const errors = await Promise.all([worker.request(ANSWER), worker.request(DIE)].map(rejectionOf));
    for (const error of errors) {
      expect(error).to.include({ code: 'worker_lost' });
      expect((error.cause as Error).message).to.equal('told to die');
    }
    expect(await worker.request(ANSWER)).to.deep.equal({ reply: { batch: 1, size: 1 } });
  });

  it('closes when running requests are answered, and accepts no more', async () => {
    const worker = start();
    const underWay = worker.request(BLOCK);
    await new Promise(setImmediate);
    const waiting = worker.request(ANSWER);
    let isClosed = false;
    const closing = worker.close().then(() => {
      isClosed = true;
    });
    expect(await rejectionOf(worker.request(ANSWER))).to.include({ code: 'worker_lost', message: 'it is closed' });
    expect(isClosed).to.equal(false);
    openGate();
    await Promise.all([underWay, waiting, closing, worker.close()]);
    expect(endedProperly()).to.equal(true);
  });

  it('closes although its thread is stuck', async () => {
    const worker = start({ timeoutMs: 100 });
    expect(await rejectionOf(worker.request(BLOCK))).to.include({ code: 'worker_lost' });
    await worker.close();
    expect(endedProperly()).to.equal(false);
  });

  it('closes at once if it never had a request', async () => {
    await start().close();
    expect(endedProperly()).to.equal(false);
  });

  it('does not give up an answer that came while the caller itself was busy', async () => {
    const worker = start({ timeoutMs: 1_500 });
    await worker.request(ANSWER);
    const asked = worker.request(BLOCK);
    await until('it is handed over', () => new Promise<boolean>((resolve) => setImmediate(() => resolve(true))));
    openGate();
    // This thread stands still for longer than it waits for an answer, and takes no time of the other one.
    Atomics.wait(gate, 0, 1, 2_000);
    expect(await asked).to.deep.equal({ reply: { batch: 2, size: 1 } });
  });
});
