const QUARTER_HOUR_MS = 900_000;
const REMEMBERED = 4_096;
const UTC_ZONES = /^(?:etc\/)?(?:utc|uct|zulu|universal)$/i;

/** Writes a UTC time in the service's zone. */
export type InZone = (isoUtc: string) => string;

/**
 * Writes times in a zone as Rails does: `2019-04-08T19:38:58.041+02:00`, with daylight saving; in UTC, `Z`.
 * @throws {RangeError} for a zone that the runtime does not know
 */
export function zoneClock(timeZone: string): InZone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  if (UTC_ZONES.test(timeZone)) return (isoUtc) => isoUtc;
  // No zone changes its offset within a quarter of an hour.
  const offsets = new Map<number, string>();

  function offsetAt(time: number): string {
    const quarter = Math.floor(time / QUARTER_HOUR_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      const name = format.formatToParts(quarter * QUARTER_HOUR_MS).find((part) => part.type === 'timeZoneName');
      offset = (name?.value ?? 'GMT').slice('GMT'.length) || '+00:00';
      if (offsets.size >= REMEMBERED) offsets.clear();
      offsets.set(quarter, offset);
    }
    return offset;
  }

  return (isoUtc) => {
    const time = Date.parse(isoUtc);
    const offset = offsetAt(time);
    const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
    const local = new Date(time + (offset.startsWith('-') ? -minutes : minutes) * 60_000);
    return local.toISOString().replace('Z', offset);
  };
}

/** A time in the service's zone. Text that is no time stays as it is: it is from an event that this release cannot read. */
export function timeIn(inZone: InZone, text: string | null): string | null {
  return text === null || Number.isNaN(Date.parse(text)) ? text : inZone(text);
}
