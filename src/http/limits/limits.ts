import { availableParallelism } from 'node:os';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LargeWork } from './large-work.ts';
import { LoopShare } from './loop-share.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RateLimit } from './rate-limit.ts';
import type { Rates } from './rates.ts';
import { Turns } from './turns.ts';

/** How many requests of one caller may be under way at once. */
const REQUESTS_OF_ONE = 512;

/** How many webhooks that one organization sends by request: each holds an event and its body, for 15 s if the receiver does not answer. */
const ATTEMPTS_OF_ONE = 16;

/** How many POSTs of one organization are appended and projected at once: enough to fill a transaction of the log. */
const WRITES_OF_ONE = 64;

/** How many POSTs of all organizations. */
const WRITES = 96;

/** The longest wait of a POST for its append. After it, the POST gets 503. */
const LONGEST_WAIT_MS = 1_000;

/** How many names are looked up at once for registrations, and of them for one organization: each takes two sockets, for 5 s at most. */
const ADDRESS_CHECKS = 64;
const ADDRESS_CHECKS_OF_ONE = 8;
const LONGEST_CHECK_WAIT_MS = 10_000;

/** How many pages of deliveries are read at once. They have megabytes if receivers answer much, and are in memory before that is known. */
const DELIVERY_PAGES = 4;
const LONGEST_PAGE_WAIT_MS = 5_000;

/** The longest wait of a registration for those before it of the same organization. */
const LONGEST_REGISTRATION_WAIT_MS = 5_000;

/** How many images are sent at once, and of them to one organization: each holds a connection to the store, or an open file. */
const DOWNLOADS = 128;
const DOWNLOADS_OF_ONE = 48;
const LONGEST_DOWNLOAD_WAIT_MS = 10_000;

/** How many images workers bring at once, and of them for one organization: each takes room on the disk, up to the largest image. */
const UPLOADS = 16;
const UPLOADS_OF_ONE = 8;
const LONGEST_UPLOAD_WAIT_MS = 10_000;

/** The longest wait of a worker for others of its organization that claim imports. */
const LONGEST_CLAIM_WAIT_MS = 10_000;

/** How many bodies and answers are inflated or zipped at once. The event loop needs one core for itself. */
const ZIPPED_AT_ONCE = Math.max(1, availableParallelism() - 1);

/** What keeps one caller, or one organization, from taking the service for itself. */
export interface Limits {
  /** Requests, by caller. */
  readonly concurrency: ConcurrencyLimit;
  /** Pings and redeliveries, by organization. */
  readonly attempts: ConcurrencyLimit;
  readonly memory: MemoryBudget;
  readonly large: LargeWork;
  /** The time of the event loop, by organization. */
  readonly loop: LoopShare;
  /** Turns to look up the name in a webhook's URL, by organization. */
  readonly addressChecks: Turns;
  /** Turns to read and render a page of deliveries, by organization. */
  readonly deliveryPages: Turns;
  /** Turns to send the bytes of images, by organization. */
  readonly downloads: Turns;
  /** Turns of workers to bring the bytes of images, by organization. */
  readonly uploads: Turns;
  /** Turns of workers to claim imports, one of an organization at a time. */
  readonly claims: Turns;
  /** Turns to count the webhooks of an organization and to register one more. */
  readonly registrations: Turns;
  /** Turns for appends and their projections, by organization. */
  readonly writes: Turns;
  /** Turns to inflate and zip, by organization. */
  readonly zips: Turns;
  /** Null: no rates are set. */
  readonly rates: RateLimit | null;
}

/** @param memoryBytes the memory that all requests under way may hold */
export function limitsOf(memoryBytes: number, rates: Rates | null): Limits {
  return {
    concurrency: new ConcurrencyLimit(REQUESTS_OF_ONE, 'requests'),
    attempts: new ConcurrencyLimit(ATTEMPTS_OF_ONE, 'pings and redeliveries of your organization'),
    memory: new MemoryBudget(memoryBytes),
    large: new LargeWork(),
    loop: new LoopShare(),
    addressChecks: new Turns(ADDRESS_CHECKS, LONGEST_CHECK_WAIT_MS, ADDRESS_CHECKS_OF_ONE),
    deliveryPages: new Turns(DELIVERY_PAGES, LONGEST_PAGE_WAIT_MS, 1),
    downloads: new Turns(DOWNLOADS, LONGEST_DOWNLOAD_WAIT_MS, DOWNLOADS_OF_ONE),
    uploads: new Turns(UPLOADS, LONGEST_UPLOAD_WAIT_MS, UPLOADS_OF_ONE),
    claims: new Turns(WRITES, LONGEST_CLAIM_WAIT_MS, 1),
    registrations: new Turns(WRITES, LONGEST_REGISTRATION_WAIT_MS, 1),
    writes: new Turns(WRITES, LONGEST_WAIT_MS, WRITES_OF_ONE),
    zips: new Turns(ZIPPED_AT_ONCE, null),
    rates: rates && new RateLimit(rates),
  };
}
