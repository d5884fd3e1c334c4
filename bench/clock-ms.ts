/** Milliseconds on a clock that all threads of the machine share. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
