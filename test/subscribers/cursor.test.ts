import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { Cursors } from '../../src/subscribers/cursor.ts';
import type { Place } from '../../src/subscribers/place.ts';
import { Key } from '../../src/tokens/key.ts';
import { Keys } from '../../src/tokens/keys.ts';

const KEY = 'a secret of the tests, long enough for HS256';
const NEWER = 'a newer secret of the tests, long enough too';
/** What release 0.2 gave for `PLACE` and `ORGANIZATION` with `KEY`. */
const OF_0_2 =
  'AU3AzGDM9PpeSiYWZ7l7PO2lAZDjux6eCi_GILH2IQPIHoJNPk3DRwIokJCQH7sUEoh05iJ3T5Yt84qiIPzI5qBK1iVSJ9TGBsGf-fPzK_EJm6vbincI6wbKp59ja65gE8eNyeXKjmgbXCwuWEbUmeY_cG-yhv8qv-HRr-xTyJVZR5X4rRyfDno';
const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const OTHER = 'a3b1f2f0-7d5c-4c58-9d59-6a2f7a6f4f10';
const LOG = '6f0d7a52-9f4e-4c27-9d0b-0c9f3f1d2a6e';
const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const PLACE: Place = { log: LOG, position: 17n, event: { id: ID, stream: `import-${ID}`, revision: 3 } };

const cursors = new Cursors(new Keys(KEY));

const places: fc.Arbitrary<Place> = fc.record({
  log: fc.uuid(),
  position: fc.bigInt(0n, 2n ** 64n - 1n),
  event: fc.option(
    fc.record({ id: fc.uuid(), stream: fc.string({ unit: 'grapheme' }), revision: fc.nat(2 ** 31 - 1) }),
  ),
});

describe('a cursor', () => {
  it('gives back each place and scope', () => {
    fc.assert(
      fc.property(places, fc.option(fc.uuid()), (place, scope) => {
        expect(cursors.read(cursors.textOf(place, scope))).to.deep.equal({ place, scope });
      }),
    );
  });

  it('is read by another process that has the same secret', () => {
    const source = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
    const script =
      `const { Cursors } = await import('${source('subscribers/cursor.ts')}');` +
      `const { Keys } = await import('${source('tokens/keys.ts')}');` +
      `const { place, scope } = new Cursors(new Keys('${KEY}')).read('${cursors.textOf(PLACE, ORGANIZATION)}');` +
      'process.stdout.write(JSON.stringify({ place: { ...place, position: String(place.position) }, scope }));';
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(JSON.parse(output)).to.deep.equal({ place: { ...PLACE, position: '17' }, scope: ORGANIZATION });
  });

  it('is another text each time, if it must not show that it has moved', () => {
    const texts = [1, 2].map(() => cursors.freshTextOf(PLACE, null));
    expect(texts[0]).not.to.equal(texts[1]);
    for (const text of texts) expect(cursors.read(text)).to.deep.equal({ place: PLACE, scope: null });
  });

  it('is the same text for the same place and scope, and another for any other', () => {
    const text = cursors.textOf(PLACE, ORGANIZATION);
    expect(new Cursors(new Keys(KEY)).textOf(PLACE, ORGANIZATION)).to.equal(text);
    const others = [
      cursors.textOf(PLACE, OTHER),
      cursors.textOf(PLACE, null),
      cursors.textOf({ ...PLACE, position: 18n }, ORGANIZATION),
      cursors.textOf({ ...PLACE, log: OTHER }, ORGANIZATION),
      cursors.textOf({ ...PLACE, event: null }, ORGANIZATION),
    ];
    expect(new Set([text, ...others]).size).to.equal(6);
  });

  it('is as long whatever the event before it is: else it would tell of what kind the events of others are', () => {
    const after = (stream: string) =>
      cursors.textOf({ ...PLACE, event: { id: ID, stream, revision: 0 } }, ORGANIZATION);
    const all = [`user-${ID}`, `import-${ID}`, `webhook-${ID}`].map(after);
    all.push(cursors.textOf({ ...PLACE, position: 0n, event: null }, ORGANIZATION));
    expect([...new Set(all.map((text) => text.length))]).to.deep.equal([194]);
  });

  it('says for whom it was made: an organization, or operators', () => {
    expect(cursors.read(cursors.textOf(PLACE, OTHER))?.scope).to.equal(OTHER);
    expect(cursors.read(cursors.textOf(PLACE, null))?.scope).to.equal(null);
  });

  it('shows nothing of what it says: two that follow each other have no bytes in common but those of the format and the key', () => {
    const [one, next] = [17n, 18n].map((position) =>
      Buffer.from(cursors.textOf({ ...PLACE, position }, null), 'base64url'),
    ) as [Buffer, Buffer];
    expect(one.includes(PLACE.event?.stream ?? '')).to.equal(false);
    const same = one.subarray(9).filter((byte, index) => byte === next[index + 9]);
    // One byte in 256 is the same by chance.
    expect(same.length).to.be.below(8);
  });

  it('fits into a query and a header, in fewer than 200 characters', () => {
    expect(cursors.textOf(PLACE, ORGANIZATION)).to.match(/^[\w-]{100,199}$/);
  });

  it('is refused with any byte changed', () => {
    const bytes = Buffer.from(cursors.textOf(PLACE, ORGANIZATION), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      for (const bit of [1, 128]) {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] as number) ^ bit;
        expect(cursors.read(changed.toString('base64url')), `byte ${index}`).to.equal(null);
      }
    }
  });

  it('is refused in any other spelling', () => {
    const text = cursors.textOf(PLACE, ORGANIZATION);
    // Of 138 bytes no bit is left over; of one byte more, two are.
    const odd = cursors.textOf({ ...PLACE, event: { id: ID, stream: `x${PLACE.event?.stream}`, revision: 0 } }, null);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(odd.at(-1) as string);
    const standard = Array.from({ length: 50 }, (_, index) =>
      cursors.textOf({ ...PLACE, position: BigInt(index) }, null),
    )
      .filter((each) => /[-_]/.test(each))
      .map((each) => each.replaceAll('-', '+').replaceAll('_', '/'));
    expect(standard).to.not.deep.equal([]);
    const spellings = [
      ...['', 'A', ' ', `${text}=`, `${text} `, ` ${text}`, `${text}A`, text.slice(0, -1), `${text}\n`],
      ...[`${text.slice(0, 20)}.${text.slice(20)}`, text + text, text.toUpperCase(), '__proto__', 'A'.repeat(100_000)],
      ...standard,
      odd.slice(0, -1) + alphabet[last + 1],
    ];
    expect(cursors.read(odd)).to.not.equal(null);
    for (const spelling of spellings) expect(cursors.read(spelling), spelling.slice(0, 300)).to.equal(null);
  });

  it('is refused if it is any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.uint8Array({ maxLength: 300 })),
        (any) => {
          expect(cursors.read(typeof any === 'string' ? any : Buffer.from(any).toString('base64url'))).to.equal(null);
        },
      ),
    );
  });

  it('is refused by a service that has another secret', () => {
    expect(new Cursors(new Keys(NEWER)).read(cursors.textOf(PLACE, ORGANIZATION))).to.equal(null);
  });

  it('is read after a rotation as long as its key is configured, and made with the newest', () => {
    const rotated = new Cursors(new Keys([NEWER, KEY]));
    const place = { place: PLACE, scope: ORGANIZATION };
    expect(rotated.read(cursors.textOf(PLACE, ORGANIZATION))).to.deep.equal(place);
    expect(new Cursors(new Keys(NEWER)).read(rotated.textOf(PLACE, ORGANIZATION))).to.deep.equal(place);
  });

  it('belongs to the oldest key if a release before 0.3 made it', () => {
    const place = { place: PLACE, scope: ORGANIZATION };
    expect(new Cursors(new Keys([NEWER, KEY])).read(OF_0_2)).to.deep.equal(place);
    expect(new Cursors(new Keys([KEY, NEWER])).read(OF_0_2)).to.equal(null);
    const { fingerprint } = new Key(KEY);
    expect(new Cursors(new Keys([KEY, NEWER], fingerprint)).read(OF_0_2)).to.deep.equal(place);
  });
});
