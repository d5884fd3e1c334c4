/** The ports that are open in any case. */
const ALWAYS = [80, 443];

/** Only 80 and 443. */
export const USUAL_PORTS: ReadonlySet<number> = new Set(ALWAYS);

/** Reads a setting such as `8443, 9000`, and adds 80 and 443; undefined if it is malformed. */
export function parseAllowedPorts(setting: string): ReadonlySet<number> | undefined {
  const ports = setting.split(',').map((part) => part.trim());
  if (!ports.every((port) => /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535)) return undefined;
  return new Set([...ALWAYS, ...ports.map(Number)]);
}
