import { expect } from 'chai';
import { zoneClock } from '../../../src/http/out/zone-clock.ts';

describe('a time in the zone', () => {
  for (const [zone, utc, local] of [
    ['Europe/Paris', '2019-04-08T17:38:58.041Z', '2019-04-08T19:38:58.041+02:00'],
    ['Europe/Paris', '2019-02-08T18:38:58.041Z', '2019-02-08T19:38:58.041+01:00'],
    ['Europe/Paris', '2019-03-31T00:59:59.999Z', '2019-03-31T01:59:59.999+01:00'],
    ['Europe/Paris', '2019-03-31T01:00:00.000Z', '2019-03-31T03:00:00.000+02:00'],
    ['America/St_Johns', '2019-01-01T00:00:00.000Z', '2018-12-31T20:30:00.000-03:30'],
    ['Asia/Kathmandu', '2019-01-01T00:00:00.000Z', '2019-01-01T05:45:00.000+05:45'],
    ['Europe/London', '2019-01-01T00:00:00.000Z', '2019-01-01T00:00:00.000+00:00'],
    ['UTC', '2019-01-01T00:00:00.000Z', '2019-01-01T00:00:00.000Z'],
    ['Etc/UTC', '2019-01-01T00:00:00.000Z', '2019-01-01T00:00:00.000Z'],
  ] as const) {
    it(`is ${local} in ${zone} at ${utc}`, () => {
      expect(zoneClock(zone)(utc)).to.equal(local);
    });
  }
});
