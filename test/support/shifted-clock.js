// Preloaded into a process under test (`--import`): SIGUSR2 sets its time of day to the next of these, as an operator or NTP may. The clock
// that only runs on (`performance.now`) is another one.
const HOUR_MS = 3_600_000;
const SHIFTS_MS = [HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS, 0];

const RealDate = Date;
let shiftMs = 0;

globalThis.Date = class ShiftedDate extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + shiftMs] : args));
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};

let shifts = 0;
process.on('SIGUSR2', () => {
  shiftMs = SHIFTS_MS[shifts++ % SHIFTS_MS.length];
});
