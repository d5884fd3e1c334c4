/** What Node says of a TLS connection that fails, and what the operator can do about it. */
const ADVICE: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [
    /self[- ]signed certificate|unable to get (?:local )?issuer certificate|unable to verify the first certificate|certificate signature failure|invalid CA certificate/i,
    () =>
      'its certificate is signed by a CA that is not known here: name the file of that CA by tlsCAFile in EVENTSTORE_URL ' +
      '(esdb://host:2113?tlsCAFile=/path/to/ca.pem)',
  ],
  [
    /does not match certificate's altnames: (.*)/,
    ([, which]) =>
      `its certificate is not made for the host in EVENTSTORE_URL (${which}): name the host as its certificate does`,
  ],
  [
    /certificate (?:has expired|is not yet valid)/,
    ([what]) =>
      `its ${what}: renew it on the server (or the file of tlsCAFile in EVENTSTORE_URL), and look at the clocks of both machines`,
  ],
  [
    /wrong version number|http request|packet length too long/,
    () => 'it does not speak TLS there: add tls=false to EVENTSTORE_URL for a server without TLS',
  ],
  [
    /alert (?:certificate required|bad certificate|handshake failure|unknown ca)/,
    () => "it does not take this client's certificate: look at userCertFile and userKeyFile in EVENTSTORE_URL",
  ],
  [
    /no start line|bad base64 decode|PEM routines/,
    () => 'a certificate file cannot be read: look at tlsCAFile, userCertFile and userKeyFile in EVENTSTORE_URL',
  ],
];

/** What is wrong, with the setting that mends it; null where it is nothing about TLS that is known. */
export function tlsAdvice(reason: string): string | null {
  for (const [pattern, advice] of ADVICE) {
    const found = pattern.exec(reason);
    if (found !== null) return advice(found);
  }
  return null;
}
