import type { ServerResponse } from 'node:http';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Image } from '../../../events/import-events.ts';
import type { OpenBlob } from '../../../importer/blobs/blob-store.ts';
import type { ImportView } from '../../../projections/views.ts';
import type { Caller } from '../../in/authenticate.ts';
import { type ByteRange, rangeIn } from '../../in/byte-range.ts';
import { LARGE_BYTES } from '../../limits/large-work.ts';
import type { Answer } from '../../out/answer.ts';
import { answerTagged, isAsExpected } from '../../out/etag.ts';
import { fileNameOf, inlineAs } from '../../out/image-name.ts';
import { bytesMissing, noStorage, noSuchRange, preconditionFailed } from '../../out/problem.ts';
import { sendBytes } from '../../out/send-bytes.ts';
import { imageIn, nameOf, ownImage, shownImage } from '../../own-image.ts';
import type { RequestState } from '../../request.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { imageInPath } from './image-schema.ts';

/** Types that no browser runs anything of. What else an event may name is sent as bytes. */
const SAFE_TYPE = /^image\/[a-z0-9.-]+$/;

/** What a download holds in memory while its reader is slow. */
const HELD_BYTES = 262_144;

/** Nothing in it is run or loaded, if a browser opens it by itself. */
const HARMLESS = ['Content-Security-Policy', "default-src 'none'; sandbox"] as const;

/** The bytes of an image, never all of them in memory. */
export const downloadImage = route({
  id: 'downloadImage',
  tag: 'Images',
  method: 'GET',
  path: '/api/v1/images/:id/original',
  access: 'caller',
  summary: 'Download an image',
  description: `The bytes as they came, with the \`Content-Type\` of the image. They never change, so caches of the caller may keep them for a year; the answer has no \`X-token\`.

A \`Range\` with one range gets that part. Several ranges, or a range of another unit, do not count: the answer is the whole. A caller may have 20 downloads, live streams and waiting requests open at once. A reader that takes nothing for 30 seconds, or fewer than about 16 KB a second all in all, is cut off.`,
  inPath: imageInPath,
  headers: ['Range', 'If-Range', 'If-Match'],
  answers: {
    200: {
      description: 'The bytes.',
      body: z.string().meta({ override: { format: 'binary' } }),
      mediaType: 'application/octet-stream',
      isKept: true,
      headers: ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Security-Policy'],
    },
    206: {
      description: 'The part that was asked for.',
      body: z.string().meta({ override: { format: 'binary' } }),
      mediaType: 'application/octet-stream',
      isKept: true,
      headers: ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Content-Security-Policy', 'Content-Range'],
    },
  },
  problems: [
    'not-found',
    'precondition-failed',
    'range-not-satisfiable',
    'bytes-missing',
    'storage-unavailable',
    'views-behind',
  ],
  async handle({ ctx, state, caller, inPath: { id } }, services) {
    const view = await ownImage(services, caller, id);
    state.importId = view.id;
    await state.share.resume();
    const image = imageIn(view);
    const etag = `"${image.sha256}"`;
    if (!isAsExpected(ctx.headers['if-match'], etag)) throw preconditionFailed('The image has another tag.');
    const name = () => fileNameOf(nameIn(view), image.format, image.id);
    const found = await answerTagged(ctx, etag, () =>
      opened(ctx, caller, services, image, [
        ['ETag', etag],
        ['Accept-Ranges', 'bytes'],
        ['Content-Disposition', inlineAs(name())],
        HARMLESS,
      ]),
    );
    return { ...found, isKept: true };
  },
});

/** To read many parameters for a name alone would take too long. */
function nameIn(view: ImportView): string | null {
  return view.params.length > LARGE_BYTES ? imageIn(view).filename : nameOf(shownImage(view));
}

async function opened(
  ctx: Context,
  caller: Caller,
  services: Services,
  image: Image,
  further: NonNullable<Answer['further']>,
): Promise<Answer> {
  const contentType = SAFE_TYPE.test(image.content_type) ? image.content_type : 'application/octet-stream';
  const answer = { status: 200, contentType, body: '', further };
  if (services.blobs === null) throw noStorage();
  if (ctx.method === 'HEAD') {
    const kept = await services.blobs.stat(image.sha256);
    if (kept?.bytes !== image.bytes) throw bytesMissing();
    return { ...answer, stream: { bytes: image.bytes, send: async () => {} } };
  }
  const range = rangeOf(ctx, image);
  if (range === 'none') throw noSuchRange(image.bytes);
  (ctx.state as RequestState).held.take(HELD_BYTES);
  const { stream } = await open(ctx, caller, services, image, range);
  const send = (length: number) => ({
    bytes: length,
    async send(response: ServerResponse) {
      const { socket } = response;
      await sendBytes(response, stream, length);
      // A download is finished before the service stops, but its connection would be kept for the next request.
      if (services.streams.isStopping) socket?.destroySoon();
    },
  });
  if (range === null) return { ...answer, stream: send(image.bytes) };
  const { start, end } = range;
  const part = ['Content-Range', `bytes ${start}-${end}/${image.bytes}`] as const;
  return { ...answer, status: 206, further: [...further, part], stream: send(end - start + 1) };
}

/** With an `If-Range`, the range counts only if that names these bytes. */
function rangeOf({ headers }: Context, image: Image): ByteRange | 'none' | null {
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== `"${image.sha256}"`) return null;
  return rangeIn(headers.range, image.bytes);
}

/** The bytes in the store; they are let go of when the answer is over, whatever becomes of it. */
async function open(
  { req, res }: Context,
  { name, organizationId }: Caller,
  { blobs, streams, limits }: Services,
  image: Image,
  range: ByteRange | null,
): Promise<OpenBlob> {
  streams.enter(name, req, res);
  const atEnd = (letGo: () => void) => (res.closed ? letGo() : res.once('close', letGo));
  atEnd(await limits.downloads.enter(organizationId));
  const opened = await blobs?.read(image.sha256, range ?? undefined);
  // Without a listener, an error would end the process.
  opened?.stream.on('error', () => {});
  atEnd(() => opened?.stream.destroy());
  if (opened?.bytes !== image.bytes) throw bytesMissing();
  return opened;
}
