import { expect } from 'chai';
import { Brake } from '../../src/importer/brake.ts';
import { doubling } from '../../src/time/retry.ts';

describe('the brake of a store', () => {
  let elapsed: number;
  let brake: Brake;

  beforeEach(() => {
    elapsed = 1_000;
    brake = new Brake({ elapsed: () => elapsed }, doubling(100, 400));
  });

  it('lets as many begin as usual while all is well', () => {
    expect(brake.most(20)).to.equal(20);
    expect(brake.waitMs).to.equal(0);
  });

  it('lets nothing begin for a while after a failure, and then one', () => {
    brake.failed();
    expect(brake.most(20)).to.equal(0);
    expect(brake.waitMs).to.equal(100);
    elapsed += 100;
    expect(brake.most(20)).to.equal(1);
  });

  it('counts what fails together once, and waits longer each time', () => {
    const waits: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      for (let each = 0; each < 20; each += 1) brake.failed();
      waits.push(brake.waitMs);
      elapsed += brake.waitMs;
    }
    expect(waits).to.deep.equal([100, 200, 400, 400, 400]);
  });

  it('is off as soon as one has worked', () => {
    brake.failed();
    brake.worked();
    expect(brake.most(20)).to.equal(20);
    brake.failed();
    expect(brake.waitMs).to.equal(100);
  });
});
