import { expect } from 'chai';
import { tailOfLog } from '../../../src/cli/reading/tail.ts';
import { LogDamaged, LogUnavailable } from '../../../src/events/errors.ts';
import { type Following, logOf, SPARSE } from '../../projections/sparse-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const never = new AbortController().signal;
const neverMore = () => expect.fail('more was asked for');

describe('the tail of the log', () => {
  it('outlives a log that goes away: it says so once and goes on after the last event', async () => {
    const stop = new AbortController();
    const said: string[] = [];
    const away = new LogUnavailable('a test');
    const rounds: Following[] = [
      () => [SPARSE.slice(0, 2), away],
      () => [away],
      () => [away],
      () => [[], SPARSE.slice(2, 4)],
    ];
    const asked: bigint[] = [];
    const log = logOf((after) => {
      asked.push(after);
      return (rounds.shift() ?? (() => []))(after);
    });
    const seen: number[] = [];
    for await (const page of tailOfLog(
      log,
      5n,
      stop.signal,
      ({ message }) => said.push(message),
      () => said.push('back'),
    )) {
      seen.push(...page.map(({ position }) => Number(position)));
      if (seen.length === 4) stop.abort();
    }
    expect(seen).to.deep.equal([10, 25, 31, 47]);
    expect(asked.slice(0, 4)).to.deep.equal([5n, 25n, 25n, 25n]);
    expect(said).to.deep.equal([away.message, 'back']);
  });

  it('ends with anything else that is wrong', async () => {
    const tail = tailOfLog(
      logOf(() => [new LogDamaged('a test')]),
      0n,
      never,
      neverMore,
      neverMore,
    );
    expect(await rejectionOf(Array.fromAsync(tail))).to.be.instanceOf(LogDamaged);
  });

  it('stops waiting for the log with the signal', async () => {
    const stop = new AbortController();
    const tail = tailOfLog(
      logOf(() => [new LogUnavailable('a test')]),
      0n,
      stop.signal,
      () => stop.abort(),
      neverMore,
    );
    expect(await Array.fromAsync(tail)).to.deep.equal([]);
  });
});
