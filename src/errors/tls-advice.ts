/** The TLS settings in the URL of an engine. */
export interface TlsSettings {
  /** The setting that has the URL. */
  readonly setting: string;
  /** A URL with a CA of one's own. */
  readonly example: string;
  /** The options that name this client's own certificate and key. */
  readonly own: string;
  /** What to do about a server without TLS. */
  readonly off: string;
}

/** Node's messages about TLS connections that fail, and what the operator can do. */
const ADVICE: readonly (readonly [RegExp, (found: RegExpExecArray, settings: TlsSettings) => string])[] = [
  [
    /self[- ]signed certificate|unable to get (?:local )?issuer certificate|unable to verify the first certificate|certificate signature failure|invalid CA certificate/i,
    (_, { setting, example }) =>
      `its certificate is signed by a CA that is not known here: name the file of that CA by tlsCAFile in ${setting} (${example})`,
  ],
  [
    /does not match certificate's altnames: (.*)/,
    ([, which], { setting }) =>
      `its certificate is not made for the host in ${setting} (${which}): name the host as its certificate does`,
  ],
  [
    /certificate (?:has expired|is not yet valid)/,
    ([what], { setting }) =>
      `its ${what}: renew it on the server (or the file of tlsCAFile in ${setting}), and look at the clocks of both machines`,
  ],
  [
    /wrong version number|http request|packet length too long/,
    (_, { setting, off }) => `it does not speak TLS there: ${off} ${setting} for a server without TLS`,
  ],
  [
    /alert (?:certificate required|bad certificate|handshake failure|unknown ca)/,
    (_, { setting, own }) => `it does not take this client's certificate: look at ${own} in ${setting}`,
  ],
  [
    /no start line|bad base64 decode|PEM routines/,
    (_, { setting, own }) => `a certificate file cannot be read: look at tlsCAFile, ${own} in ${setting}`,
  ],
];

/** What is wrong, with the setting that repairs it; null if it is no known fault of TLS. */
export function tlsAdvice(reason: string, settings: TlsSettings): string | null {
  for (const [pattern, advice] of ADVICE) {
    const found = pattern.exec(reason);
    if (found !== null) return advice(found, settings);
  }
  return null;
}
