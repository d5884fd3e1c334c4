/** Sets the time of day of this process, as an operator or NTP may at any moment. */
interface TimeOfDay {
  jump(byMs: number): void;
  restore(): void;
}

export function settableTimeOfDay(): TimeOfDay {
  const RealDate = Date;
  let shiftMs = 0;
  class SetDate extends RealDate {
    constructor(...args: ConstructorParameters<typeof Date> | []) {
      if (args.length === 0) super(RealDate.now() + shiftMs);
      else super(...(args as [number]));
    }

    static override now(): number {
      return RealDate.now() + shiftMs;
    }
  }
  globalThis.Date = SetDate as DateConstructor;
  return {
    jump(byMs) {
      shiftMs += byMs;
    },
    restore() {
      globalThis.Date = RealDate;
    },
  };
}
