import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import { bodyTooLarge, malformed, type Problem, unsupportedMediaType } from './problem.ts';

/** The most that a body may have, after inflating. Source: behaviour.md, Parameters. */
const BODY_LIMIT_BYTES = 1_048_576;

/** The media types whose bodies are read; others are ignored, as Rails ignores them. */
const READ = [
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json',
  'text/x-json',
  'application/jsonrequest',
];

/**
 * koa-body reads and inflates and limits; every type is taken as its bytes (one character a byte), since its own form and
 * JSON parsers do not follow Rack's rules.
 */
const read = koaBody({
  json: false,
  urlencoded: false,
  multipart: false,
  text: true,
  textTypes: READ,
  textLimit: BODY_LIMIT_BYTES,
  encoding: 'binary',
});

/**
 * The bytes of the request's body; null where there is none or it is of a media type that is ignored.
 * @throws {Problem} 413 too large, 400 broken off or badly compressed, 415 an unknown content encoding
 */
export async function readBody(ctx: Context): Promise<Buffer | null> {
  if (Number(ctx.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw bodyTooLarge(BODY_LIMIT_BYTES);
  try {
    await Promise.race([broken(ctx), read(ctx, async () => {})]);
  } catch (error) {
    throw problemOf(error);
  }
  const body: unknown = (ctx.request as { body?: unknown }).body;
  return typeof body === 'string' ? Buffer.from(body, 'latin1') : null;
}

/** Rejects when the caller goes away in mid-body: behind an inflating stream, koa-body would wait for ever. */
function broken({ req }: Context): Promise<never> {
  return new Promise((_, reject) => {
    const rejectIfBroken = () => {
      if (!req.complete) reject(Object.assign(new Error('the body broke off'), { code: 'ECONNABORTED' }));
    };
    if (req.destroyed) rejectIfBroken();
    else req.once('close', rejectIfBroken);
  });
}

function problemOf(error: unknown): Problem {
  const { status, code } = error as { status?: number; code?: string };
  if (status === 413) return bodyTooLarge(BODY_LIMIT_BYTES);
  if (status === 415) return unsupportedMediaType('Send the body plain, or with Content-Encoding gzip, deflate or br.');
  if (code === 'ECONNABORTED') return malformed('The body broke off before its end. Send the request again.');
  return malformed('The body could not be read: its Content-Encoding does not fit its bytes.');
}
