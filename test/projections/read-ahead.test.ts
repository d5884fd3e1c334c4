import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { readAhead } from '../../src/projections/read-ahead.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';

describe('reading ahead', () => {
  let read: number[];
  let isEnded: boolean;

  beforeEach(() => {
    read = [];
    isEnded = false;
  });

  async function* numbers(count: number, signal: AbortSignal) {
    try {
      for (let number = 1; number <= count; number += 1) {
        read.push(number);
        yield number;
      }
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      isEnded = true;
    }
  }
  const ahead = (count: number, signal = new AbortController().signal, isWorthwhile = true) =>
    readAhead(
      (reading) => numbers(count, reading),
      signal,
      () => isWorthwhile,
    );

  it('yields all in order, and ends when its signal aborts', async () => {
    const stopping = new AbortController();
    const given: number[] = [];
    for await (const number of ahead(3, stopping.signal)) {
      given.push(number);
      if (number === 3) stopping.abort();
    }
    expect(given).to.deep.equal([1, 2, 3]);
    expect(isEnded).to.equal(true);
  });

  it('reads the next one, and no more, while the caller works', async () => {
    const numbersAhead = ahead(9);
    await numbersAhead.next();
    await until('the next one is read', () => read.length > 1);
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    expect(read).to.deep.equal([1, 2]);
    await numbersAhead.return(undefined);
  });

  it('reads nothing ahead if that is not worthwhile', async () => {
    const numbersAhead = ahead(9, new AbortController().signal, false);
    await numbersAhead.next();
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
    expect(read).to.deep.equal([1]);
    await numbersAhead.return(undefined);
  });

  it('ends its source when the caller stops, even while it waits for more', async () => {
    const numbersAhead = ahead(1);
    await numbersAhead.next();
    await numbersAhead.return(undefined);
    expect(isEnded).to.equal(true);
  });

  it('fails when the caller takes a result whose read failed', async () => {
    async function* failing() {
      yield 1;
      throw new Error('the log is away');
    }
    const failingAhead = readAhead(failing, new AbortController().signal, () => true);
    expect(await failingAhead.next()).to.deep.equal({ done: false, value: 1 });
    expect((await rejectionOf(failingAhead.next())).message).to.equal('the log is away');
  });
});
