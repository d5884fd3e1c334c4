/** What one caller may do in a second: so many requests, so many bytes of bodies; null: as much as they like. */
export interface Rates {
  readonly requests: number | null;
  readonly bytes: number | null;
}

const RATE = /^(requests|bytes)=([1-9]\d{0,11})$/;

/** The rates that a setting says, such as `requests=50, bytes=1000000`; undefined where it says none. */
export function parseRates(setting: string): Rates | undefined {
  const rates: { requests: number | null; bytes: number | null } = { requests: null, bytes: null };
  for (const part of setting.split(',')) {
    const [, name, number] = RATE.exec(part.trim()) ?? [];
    if (name !== 'requests' && name !== 'bytes') return undefined;
    if (rates[name] !== null) return undefined;
    rates[name] = Number(number);
  }
  return rates;
}
