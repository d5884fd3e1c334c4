import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { doubling, retry } from '../../../time/retry.ts';
import { within } from '../../../time/within.ts';
import { StorageUnavailable, type WholeDraft } from '../blob-store.ts';
import { isMissing, isPassing, statusOf, whyUnavailable } from './failures.ts';
import { patient } from './patient.ts';

const CALL_MS = 10_000;

/** A draft is sent at this speed at least, in bytes a millisecond. */
const LEAST_SPEED = 500;

const TRIES = 3;
const pauseMs = doubling(200, 2_000);

const CONNECT_MS = 3_000;

/** For slow readers, as many connections as the service itself lets them have. */
const AGENT = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

const say = () => {};
const SILENT = { trace: say, debug: say, info: say, warn: say, error: say };

type Send<T> = (signal: AbortSignal) => Promise<T>;

/** A bucket of S3: the calls that the store needs, with time limits and retries. Each throws `StorageUnavailable`. */
export class Bucket {
  /** For people. */
  readonly address: string;
  readonly #client: S3Client;
  readonly #name: string;
  readonly #prefix: string;
  readonly #callMs: number;

  /**
   * @param prefix without a slash at its end; empty: none
   * @param callMs how long a call without many bytes may take
   */
  constructor(name: string, prefix: string, callMs = CALL_MS) {
    this.address = `s3://${name}${prefix === '' ? '' : `/${prefix}`}`;
    this.#name = name;
    this.#callMs = callMs;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
    this.#client = new S3Client({
      // `retry` does that, since the client repeats no stream.
      maxAttempts: 1,
      // It would say on standard error that it repeats no stream.
      logger: SILENT,
      // Servers other than Amazon's refuse the checksums that it adds otherwise.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Servers of one's own seldom have a name for each bucket.
      forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL),
      // Some servers do not know it, and then the client waits for seconds.
      expectContinueHeader: false,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        httpAgent: AGENT,
        httpsAgent: AGENT,
      },
    });
  }

  /** Null: there is no such object. */
  head(name: string): Promise<HeadObjectCommandOutput | null> {
    const command = new HeadObjectCommand(this.#object(name));
    return orNull(this.#call((abortSignal) => this.#client.send(command, { abortSignal })));
  }

  /** The object whose body is to be read, or destroyed. @param range as in HTTP */
  async get(
    name: string,
    range?: string,
  ): Promise<{ readonly head: GetObjectCommandOutput; readonly body: Readable } | null> {
    const command = new GetObjectCommand({ ...this.#object(name), Range: range });
    const head = await orNull(this.#call((abortSignal) => this.#client.send(command, { abortSignal })));
    return head === null ? null : { head, body: patient(head.Body as Readable) };
  }

  /** Keeps a draft. The server refuses bytes whose sha256 is another one: it is signed. */
  async put(name: string, draft: WholeDraft): Promise<void> {
    await this.#call(
      async (abortSignal) => {
        const file = await open(draft.path);
        const body = draft.bytes === 0 ? '' : file.createReadStream({ autoClose: false });
        const failed = new AbortController();
        if (body !== '') body.on('error', (error) => failed.abort(error));
        try {
          const command = new PutObjectCommand({ ...this.#object(name), Body: body, ContentLength: draft.bytes });
          command.middlewareStack.add(
            (next) => (args) => {
              (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = draft.sha256;
              return next(args);
            },
            { step: 'build' },
          );
          await this.#client.send(command, { abortSignal: AbortSignal.any([abortSignal, failed.signal]) });
        } finally {
          if (body !== '') body.destroy();
          await file.close();
        }
      },
      this.#callMs + draft.bytes / LEAST_SPEED,
    );
  }

  /** Puts an object, or replaces it: at once and as a whole, as S3 does. */
  async putBytes(name: string, bytes: Buffer): Promise<void> {
    const command = new PutObjectCommand({ ...this.#object(name), Body: bytes });
    const ms = this.#callMs + bytes.length / LEAST_SPEED;
    await this.#call((abortSignal) => this.#client.send(command, { abortSignal }), ms);
  }

  /** Writes a small object, if there is none of that name. Gives whether it did. */
  async putNew(name: string, text: string): Promise<boolean> {
    const command = new PutObjectCommand({ ...this.#object(name), Body: text, IfNoneMatch: '*' });
    try {
      await this.#call((abortSignal) => this.#client.send(command, { abortSignal }));
      return true;
    } catch (error) {
      // 412: it is there. 409: it is just being written.
      if (error instanceof StorageUnavailable && [412, 409].includes(statusOf(error.cause) ?? 0)) return false;
      throw error;
    }
  }

  /** @param version only that one, if the bucket keeps several */
  async remove(name: string, version: string | undefined): Promise<void> {
    const command = new DeleteObjectCommand({ ...this.#object(name), VersionId: version });
    await orNull(this.#call((abortSignal) => this.#client.send(command, { abortSignal }), this.#callMs, 1));
  }

  /** A page of the objects whose names have this beginning, ascending. @param token of the page before */
  async list(token?: string, beginning = ''): Promise<ListObjectsV2CommandOutput> {
    const Prefix = this.#prefix + beginning;
    const command = new ListObjectsV2Command({ Bucket: this.#name, Prefix, ContinuationToken: token });
    return this.#call((abortSignal) => this.#client.send(command, { abortSignal }));
  }

  /** The name of an object in a page. */
  nameOf(key: string): string {
    return key.slice(this.#prefix.length);
  }

  close(): void {
    this.#client.destroy();
  }

  #object(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#name, Key: this.#prefix + name };
  }

  async #call<T>(send: Send<T>, ms = this.#callMs, tries = TRIES): Promise<T> {
    try {
      return await retry(() => inTime(ms, send), { when: isPassing, tries, pauseMs });
    } catch (error) {
      throw new StorageUnavailable(`${this.address} cannot be used: ${whyUnavailable(error)}`, error);
    }
  }
}

/** Until the answer has begun: a body may take longer. */
async function inTime<T>(ms: number, send: Send<T>): Promise<T> {
  const limit = new AbortController();
  try {
    return await within(ms, send(limit.signal), () => new Error(`no answer within ${Math.round(ms)} ms`));
  } catch (error) {
    limit.abort();
    throw error;
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof StorageUnavailable && isMissing(error.cause)) return null;
    throw error;
  }
}
