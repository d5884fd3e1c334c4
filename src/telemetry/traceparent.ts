/** Version 00 of W3C Trace Context, the only one there is: a trace and a span that are not zero, and flags. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a caller sent as `traceparent`; undefined if it is malformed, which W3C asks to ignore. Source: W3C Trace Context, 3.2. */
export function parseTraceparent(sent: string | readonly string[] | undefined): string | undefined {
  return typeof sent === 'string' && TRACEPARENT.test(sent) ? sent : undefined;
}
