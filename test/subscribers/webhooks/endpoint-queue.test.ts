import { expect } from 'chai';
import fc from 'fast-check';
import {
  EndpointQueue,
  MOST_UNDER_WAY,
  type Queued,
  type QueueOptions,
} from '../../../src/subscribers/webhooks/endpoint-queue.ts';

interface Item extends Queued {
  readonly name: string;
}

const item = (stream: string, number = 0, isPaced = false): Item => ({
  ...{ name: `${stream}${number}`, stream, dueAtMs: 0, tries: 0, isPaced },
});

function queueOf(items: readonly Item[], options: Partial<QueueOptions> = {}): EndpointQueue<Item> {
  const queue = new EndpointQueue<Item>({ isOrdered: false, rate: null, failures: 0, ...options });
  for (const each of items) queue.add(each);
  return queue;
}

const different = (count: number) => Array.from({ length: count }, (_, index) => item(`import${index}-`));

/** Takes everything that may be sent now. */
function allNow(queue: EndpointQueue<Item>, nowMs = 0) {
  const taken = [];
  for (let sent = queue.next(nowMs); sent !== null; sent = queue.next(nowMs)) taken.push(sent);
  return taken;
}

const names = (sent: readonly { readonly item: Item }[]) => sent.map(({ item: { name } }) => name);

/** Fails what is due, one after the other, until the endpoint is failing. */
function failFive(queue: EndpointQueue<Item>, retryInMs = 3_600_000): void {
  for (const sent of allNow(queue).slice(0, 5)) {
    sent.item.tries += 1;
    queue.failed(sent, 0, { dueAtMs: retryInMs, isAskedFor: false });
  }
}

describe('the queue of an endpoint', () => {
  it('lets one delivery of an import go at a time, and 32 of different ones', () => {
    const queue = queueOf([item('a', 1), item('a', 2), ...different(40)]);
    const sent = allNow(queue);
    expect(sent).to.have.length(MOST_UNDER_WAY);
    expect(names(sent)).to.include('a1').and.not.include('a2');
  });

  it('lets the next of an import go after the one before was acknowledged', () => {
    const queue = queueOf([item('a', 1), item('a', 2)]);
    const [first] = allNow(queue);
    queue.succeeded(first as NonNullable<typeof first>, 5);
    expect(names(allNow(queue, 5))).to.deep.equal(['a2']);
  });

  it('holds back the rest of an import whose delivery failed, and nothing else', () => {
    const queue = queueOf([item('a', 1), item('a', 2), item('b', 1), item('b', 2)]);
    const [a, b] = allNow(queue) as [ReturnType<typeof allNow>[number], ReturnType<typeof allNow>[number]];
    queue.failed(a, 0, { dueAtMs: 5_000, isAskedFor: false });
    queue.succeeded(b, 0);
    expect(names(allNow(queue, 4_999))).to.deep.equal(['b2']);
    expect(queue.nextAtMs()).to.equal(5_000);
    expect(names(allNow(queue, 5_000))).to.deep.equal(['a1']);
  });

  it('lets the next of an import go when one was given up', () => {
    const queue = queueOf([item('a', 1), item('a', 2)]);
    const [first] = allNow(queue);
    queue.failed(first as NonNullable<typeof first>, 0, null);
    expect(names(allNow(queue))).to.deep.equal(['a2']);
    expect(queue.size).to.equal(1);
  });

  it('sends one after the other, in order, where that is wished for', () => {
    const queue = queueOf([item('a', 1), item('b', 1), item('a', 2)], { isOrdered: true });
    const order: string[] = [];
    for (let sent = queue.next(0); sent !== null; sent = queue.next(0)) {
      order.push(sent.item.name);
      expect(queue.next(0)).to.equal(null);
      queue.succeeded(sent, 0);
    }
    expect(order).to.deep.equal(['a1', 'b1', 'a2']);
  });

  it('sends one probe after the other once five failed in a row, with pauses that double up to 30 s', () => {
    const queue = queueOf(different(100));
    failFive(queue, 0);
    // Those that were under way when it began to fail end first.
    expect(queue.isFailing).to.equal(true);
    expect(queue.next(1_000)).to.equal(null);
  });

  it('paces its probes, and lets all go at the first success', () => {
    const queue = queueOf(different(5));
    failFive(queue);
    for (const each of different(50)) queue.add({ ...each, stream: `later-${each.stream}` });
    const times: number[] = [];
    let nowMs = 0;
    for (let probes = 0; probes < 7; probes += 1) {
      nowMs = queue.nextAtMs() as number;
      times.push(nowMs);
      const [probe, ...others] = allNow(queue, nowMs) as [ReturnType<typeof allNow>[number]];
      expect(others).to.deep.equal([]);
      probe.item.tries += 1;
      queue.failed(probe, nowMs, { dueAtMs: nowMs + 3_600_000, isAskedFor: false });
    }
    expect(times.map((time, index) => time - (times[index - 1] ?? 0))).to.deep.equal([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    nowMs = queue.nextAtMs() as number;
    const [probe] = allNow(queue, nowMs);
    queue.succeeded(probe as NonNullable<typeof probe>, nowMs);
    expect(queue.isFailing).to.equal(false);
    const released = allNow(queue, nowMs);
    expect(released).to.have.length(MOST_UNDER_WAY);
    for (const each of released) queue.succeeded(each, nowMs);
    expect(queue.size + allNow(queue, nowMs).length).to.equal(2 * (5 + 50 - 1 - MOST_UNDER_WAY));
  });

  it('sends no probe while nothing is due', () => {
    const queue = queueOf(different(5));
    failFive(queue, 60_000);
    expect(queue.nextAtMs()).to.equal(60_000);
  });

  it('does not release what the receiver asked to wait', () => {
    const queue = queueOf(different(6));
    const sent = allNow(queue);
    for (const each of sent.slice(0, 5)) {
      each.item.tries += 1;
      queue.failed(each, 0, { dueAtMs: 60_000, isAskedFor: true });
    }
    queue.succeeded(sent[5] as NonNullable<(typeof sent)[5]>, 0);
    expect(queue.nextAtMs()).to.equal(60_000);
  });

  it('does not fail because of an import that fails again and again while others succeed', () => {
    const queue = queueOf([item('poison')]);
    let attempts = 0;
    for (let nowMs = 0; nowMs < 600_000; nowMs += 100) {
      queue.add(item(`good${nowMs}-`));
      for (const sent of allNow(queue, nowMs)) {
        if (sent.item.stream !== 'poison') {
          queue.succeeded(sent, nowMs);
          continue;
        }
        attempts += 1;
        sent.item.tries += 1;
        queue.failed(sent, nowMs, { dueAtMs: nowMs + 5_000, isAskedFor: false });
      }
      expect(queue.isFailing).to.equal(false);
    }
    expect(attempts).to.equal(120);
    expect(queue.size).to.equal(1);
  });

  it('tries many such imports by their own schedules, and releases them once at most', () => {
    const poison = Array.from({ length: 20 }, (_, index) => item(`poison${index}`));
    const queue = queueOf(poison);
    let attempts = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 100) {
      if (nowMs % 1_000 === 0) queue.add(item(`good${nowMs}-`));
      for (const sent of allNow(queue, nowMs)) {
        if (!sent.item.stream.startsWith('poison')) {
          queue.succeeded(sent, nowMs);
          continue;
        }
        attempts += 1;
        sent.item.tries += 1;
        queue.failed(sent, nowMs, { dueAtMs: nowMs + 3_600_000, isAskedFor: false });
      }
    }
    expect(attempts).to.be.within(20, 60);
    expect(queue.size).to.equal(20);
  });

  it('keeps to a rate, with little bursts', () => {
    const queue = queueOf(
      Array.from({ length: 300 }, (_, index) => item(`paced${index}`, 0, true)),
      { rate: 50 },
    );
    let sent = 0;
    for (let nowMs = 0; nowMs < 2_000; nowMs += 1) {
      for (const each of allNow(queue, nowMs)) {
        sent += 1;
        queue.succeeded(each, nowMs);
      }
    }
    expect(sent).to.be.within(95, 106);
  });

  it('keeps its promises, whatever comes of what is sent', () => {
    const step = fc.record({
      stream: fc.constantFrom('a', 'b', 'c'),
      adds: fc.integer({ min: 0, max: 4 }),
      passMs: fc.integer({ min: 0, max: 40_000 }),
      results: fc.array(fc.constantFrom('succeeded', 'failed', 'given up', 'put back'), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (isOrdered, steps) => {
        const queue = queueOf([], { isOrdered });
        const finished: number[] = [];
        const underWay: NonNullable<ReturnType<typeof queue.next>>[] = [];
        const numberOf = new Map<Item, number>();
        let nowMs = 0;
        for (const { stream, adds, passMs, results } of steps) {
          for (let added = 0; added < adds; added += 1) {
            const made = { ...item(stream, numberOf.size), dueAtMs: nowMs };
            numberOf.set(made, numberOf.size);
            queue.add(made);
          }
          nowMs += passMs;
          const wasFailing = queue.isFailing;
          const sent = allNow(queue, nowMs);
          underWay.push(...sent);
          if (wasFailing && sent.length > 0) expect(underWay).to.have.length(1);
          expect(underWay.length).to.be.at.most(isOrdered ? 1 : MOST_UNDER_WAY);
          const lanes = underWay.map(({ item: { stream: name } }) => (isOrdered ? '' : name));
          expect(new Set(lanes).size, 'one of a stream at a time').to.equal(lanes.length);
          for (const result of results) {
            const each = underWay.shift();
            if (each === undefined) break;
            each.item.tries += 1;
            if (result === 'succeeded') queue.succeeded(each, nowMs);
            else if (result === 'failed') queue.failed(each, nowMs, { dueAtMs: nowMs + 5_000, isAskedFor: false });
            else if (result === 'given up') queue.failed(each, nowMs, null);
            else queue.putBack(each, nowMs);
            if (result === 'succeeded' || result === 'given up') finished.push(numberOf.get(each.item) as number);
          }
        }
        // Whatever is left goes, too, in the end.
        for (let rounds = 0; queue.size > 0 && rounds < 1_000; rounds += 1) {
          nowMs = Math.max(nowMs, queue.nextAtMs() ?? nowMs);
          for (const each of [...underWay.splice(0), ...allNow(queue, nowMs)]) {
            queue.succeeded(each, nowMs);
            finished.push(numberOf.get(each.item) as number);
          }
        }
        expect(finished.toSorted((one, other) => one - other)).to.deep.equal([...numberOf.values()]);
        for (const of of isOrdered ? [null] : ['a', 'b', 'c']) {
          const ofStream = finished.filter((number) => {
            const [found] = [...numberOf].find(([, each]) => each === number) as [Item, number];
            return of === null || found.stream === of;
          });
          expect(ofStream, 'in order').to.deep.equal(ofStream.toSorted((one, other) => one - other));
        }
      }),
      { numRuns: 300 },
    );
  });
});
