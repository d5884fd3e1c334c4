import { expect } from 'chai';
import { abilitiesOf } from '../../src/tokens/abilities.ts';

const able = { Access: { image_upload: true } };

describe('abilities', () => {
  it('of admin tokens are all albums, and imports without an album', () => {
    const abilities = abilitiesOf({ admin: true });
    expect([abilities.all, abilities.on('a'), abilities.on(null)]).to.deep.equal([true, true, true]);
  });

  it('of other tokens are the albums with image_upload', () => {
    const abilities = abilitiesOf({
      abilities: { a: able, b: { Access: { image_upload: false } }, c: { Access: {} } },
    });
    expect(['a', 'b', 'c', 'd', null].map(abilities.on)).to.deep.equal([true, false, false, false, false]);
    expect(abilities.all).to.equal(false);
  });

  it('are exactly true, not truthy', () => {
    expect(abilitiesOf({ admin: 'true', abilities: { a: { Access: { image_upload: 1 } } } }).on('a')).to.equal(false);
  });

  it('do not come from names that every object inherits', () => {
    const abilities = abilitiesOf({ abilities: {} });
    expect(['__proto__', 'constructor', 'toString'].map(abilities.on)).to.deep.equal([false, false, false]);
  });
});
