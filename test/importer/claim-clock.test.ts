import { expect } from 'chai';
import { ClaimClock, type SeenClaim } from '../../src/importer/claim-clock.ts';

describe('the clock of claims', () => {
  let now: number;
  let elapsed: number;
  let ended: string | null;
  let claims: ClaimClock;

  beforeEach(() => {
    [now, elapsed, ended] = [1_000_000, 0, null];
    claims = new ClaimClock({ now: () => now, elapsed: () => elapsed }, (worker) => worker === ended);
  });

  const pass = (ms: number) => {
    now += ms;
    elapsed += ms;
  };
  const claim = (fields: Partial<SeenClaim> = {}): SeenClaim => ({
    ...{ importId: 'i', organizationId: 'o', revision: 1, worker: 'w' },
    ...{ startedMs: 1_000_000, deadlineMs: 1_120_000 },
    ...fields,
  });
  const lost = () => [...claims.lost()].map(({ importId, revision }) => `${importId} ${revision}`);

  it('takes a claim for lost when its whole time has passed since it was read', () => {
    pass(60_000);
    claims.note(claim());
    expect(claims.nextMs()).to.equal(120_000);
    pass(119_999);
    expect(lost()).to.deep.equal([]);
    pass(1);
    expect(lost()).to.deep.equal(['i 1']);
    expect(claims.nextMs()).to.equal(null);
  });

  it('takes none for lost before its deadline, though its time has passed', () => {
    // The clock of whoever has it is five minutes ahead.
    claims.note(claim({ startedMs: 1_300_000, deadlineMs: 1_420_000 }));
    pass(120_000);
    expect(lost()).to.deep.equal([]);
    expect(claims.nextMs()).to.equal(300_000);
    pass(300_000);
    expect(lost()).to.deep.equal(['i 1']);
  });

  it('takes none for lost because a clock was set', () => {
    claims.note(claim());
    now += 300_000;
    expect(lost()).to.deep.equal([]);
    expect(claims.nextMs()).to.equal(120_000);
    pass(119_999);
    expect(lost()).to.deep.equal([]);
    pass(1);
    expect(lost()).to.deep.equal(['i 1']);
  });

  it('takes one for lost at once if its worker has certainly ended', () => {
    claims.note(claim());
    expect(lost()).to.deep.equal([]);
    ended = 'w';
    expect(lost()).to.deep.equal(['i 1']);
  });

  it('begins anew with each claim, and not when one is read again', () => {
    claims.note(claim());
    pass(100_000);
    claims.note(claim());
    expect(claims.nextMs()).to.equal(20_000);
    claims.note(claim({ revision: 3, startedMs: 1_100_000, deadlineMs: 1_220_000 }));
    claims.note(claim());
    expect(claims.nextMs()).to.equal(120_000);
    pass(120_000);
    expect(lost()).to.deep.equal(['i 3']);
  });

  it('forgets what was given back, or has ended', () => {
    claims.note(claim());
    expect(claims.knows('i')).to.equal(true);
    claims.forget('i');
    expect(claims.knows('i')).to.equal(false);
    pass(500_000);
    expect(lost()).to.deep.equal([]);
  });
});
