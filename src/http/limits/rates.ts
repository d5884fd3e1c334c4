/** How many requests, and bytes of bodies, one caller may send in a second; null: no limit. */
export interface Rates {
  readonly requests: number | null;
  readonly bytes: number | null;
}

const RATE = /^(requests|bytes)=([1-9]\d{0,11})$/;

/** The rates of a setting such as `requests=50, bytes=1000000`; undefined if it is malformed. */
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
