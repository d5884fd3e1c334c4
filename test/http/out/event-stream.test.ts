import { expect } from 'chai';
import { heartbeatText, type Piece, Pieces } from '../../../src/http/out/event-stream.ts';
import type { Published } from '../../../src/subscribers/cloud-event.ts';
import type { Selection } from '../../../src/subscribers/feed/selection.ts';

const ALL: Selection = { names: null, subject: null, albumId: null };

/** As far as it counts here. */
function published(subject: string, albumId: string | null = null): Published {
  return { name: 'import.requested', subject, albumId, event: { id: subject, position: 0n } } as Published;
}

describe('the text of server-sent events', () => {
  let formed: string[];
  let pieces: Pieces;
  const textsIn = (some: Iterable<Piece>) => Array.from(some, ({ bytes }) => bytes.toString());

  beforeEach(() => {
    formed = [];
    pieces = new Pieces({ id: 'log' }, ({ subject }, scope) => {
      formed.push(`${subject} for ${scope}`);
      return { cursor: `${subject}-${scope}`, type: 'x.import.requested', json: `{"subject":"${subject}"}` };
    });
  });

  it('has the cursor, the type and the event', () => {
    expect(textsIn(pieces.of([published('1'), published('2')], 'o', ALL, ''))).to.deep.equal([
      'id: 1-o\nevent: x.import.requested\ndata: {"subject":"1"}\n\n' +
        'id: 2-o\nevent: x.import.requested\ndata: {"subject":"2"}\n\n',
    ]);
  });

  it('of a heartbeat has a comment and the moved cursor, and no event', () => {
    expect(heartbeatText('c')).to.equal(': still here\nretry: 1000\nid: c\n\n');
  });

  it('is cut into pieces between events, each of which says the place after it', () => {
    const events = Array.from({ length: 5 }, (_, index) => published(`${index}${'x'.repeat(30_000)}`));
    const some = Array.from(pieces.of(events, 'o', ALL, ''));
    expect(some.map(({ after: { event } }) => events.findIndex(({ subject }) => subject === event?.id))).to.deep.equal([
      1, 3, 4,
    ]);
    for (const text of textsIn(some)) expect(text).to.match(/^id: .*\n\n$/s);
  });

  it('has what is selected alone', () => {
    const some = pieces.of(
      [published('1', 'a'), published('2', 'b'), published('3', 'a')],
      'o',
      { ...ALL, albumId: 'a' },
      '',
    );
    expect(
      textsIn(some)
        .join('')
        .match(/data: .*/g),
    ).to.deep.equal(['data: {"subject":"1"}', 'data: {"subject":"3"}']);
    expect(textsIn(pieces.of([published('1', 'a')], 'o', { ...ALL, albumId: 'b' }, 'b'))).to.deep.equal([]);
  });

  it('is made once for all who read the same list, whatever each selects', () => {
    const events = [published('1', 'a'), published('2', 'b')];
    const first = Array.from(pieces.of(events, 'o', ALL, ''));
    expect(Array.from(pieces.of(events, 'o', ALL, ''))[0]).to.equal(first[0]);
    textsIn(pieces.of(events, 'o', { ...ALL, albumId: 'a' }, 'a'));
    expect(formed).to.deep.equal(['1 for o', '2 for o']);
    // Operators have cursors of their own.
    expect(textsIn(pieces.of(events, null, ALL, ''))[0]).to.not.equal(first[0]?.bytes.toString());
  });

  it('is made piece by piece as it is asked for, also by several readers in turns', () => {
    const events = Array.from({ length: 4 }, (_, index) => published(`${index}${'x'.repeat(70_000)}`));
    const [one, other] = [pieces.of(events, 'o', ALL, ''), pieces.of(events, 'o', ALL, '')].map((some) =>
      some[Symbol.iterator](),
    ) as [Iterator<Piece>, Iterator<Piece>];
    const first = one.next().value;
    expect(formed).to.have.length(1);
    one.next();
    expect(other.next().value).to.equal(first);
    expect(formed).to.have.length(2);
    expect([one.next(), one.next(), one.next()].map(({ done }) => done)).to.deep.equal([false, false, true]);
    expect([other.next(), other.next(), other.next(), other.next()].map(({ done }) => done === true)).to.deep.equal([
      ...[false, false, false],
      true,
    ]);
    expect(formed).to.have.length(4);
  });

  it('is kept for some selections only, since callers choose them', () => {
    const events = [published('1', 'a')];
    const keys = Array.from({ length: 40 }, (_, index) => `album ${index}`);
    const made = keys.map((key) => Array.from(pieces.of(events, 'o', ALL, key))[0]);
    const again = keys.map((key) => Array.from(pieces.of(events, 'o', ALL, key))[0]);
    expect(made.filter((piece, index) => piece === again[index])).to.have.length(32);
  });
});
