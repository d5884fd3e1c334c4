import { expect } from 'chai';
import { follow } from '../../../src/events/embedded/follow.ts';
import { OwnAppends } from '../../../src/events/embedded/own-appends.ts';
import type { Reader } from '../../../src/events/embedded/reader.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { News } from '../../../src/events/news.ts';

const event = { id: 'e', type: 'T', data: '{}', metadata: '{}' };
const APPENDS = 50;

describe('following an embedded log', () => {
  it('looks on the disk for the events of others only, ten times a second', async () => {
    let reads = 0;
    let head = 0;
    const reader = {
      head: () => head,
      after: () => {
        reads += 1;
        return [];
      },
    } as unknown as Reader;
    const [appends, news, end] = [new OwnAppends(), new News(), new AbortController()];
    const append = (position: number) => {
      head = position;
      appends.add('s', [event], [position - 1, position, true]);
      news.announce();
    };
    const followed: RecordedEvent[] = [];
    const began = performance.now();
    append(1);
    for await (const page of follow(reader, appends, news, 0n, end.signal)) {
      followed.push(...page);
      if (followed.length === APPENDS) end.abort();
      // Each when the one before has been followed, and the next is waited for.
      else if (page.length > 0) setTimeout(append, 2, followed.length + 1);
    }
    const tenths = (performance.now() - began) / 100;
    expect(followed.map(({ position }) => Number(position))).to.deep.equal(
      Array.from({ length: APPENDS }, (_, index) => index + 1),
    );
    expect(reads).to.be.at.least(1);
    expect(reads).to.be.at.most(tenths + 1);
  });

  it('gives the events of others that came between own ones from the disk', async () => {
    const others = { ...event, id: 'other', stream: 's', revision: 1, position: 2n };
    const reader = {
      head: () => 2,
      after: (position: bigint) => (position === 1n ? [others] : []),
    } as unknown as Reader;
    const [appends, news, end] = [new OwnAppends(), new News(), new AbortController()];
    appends.add('s', [event], [0, 1, true]);
    const followed: bigint[] = [];
    for await (const page of follow(reader, appends, news, 0n, end.signal)) {
      followed.push(...page.map(({ position }) => position));
      if (followed.length === 1) {
        appends.add('s', [event], [2, 3, true]);
        news.announce();
      }
      if (followed.length === 3) end.abort();
    }
    expect(followed).to.deep.equal([1n, 2n, 3n]);
  });
});
