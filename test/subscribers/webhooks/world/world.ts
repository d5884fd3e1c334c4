import { randomUUID } from 'node:crypto';
import { executor } from '../../../../src/commands/execute.ts';
import { type WebhookCommand, type WebhookSettings, webhookDecider } from '../../../../src/commands/webhook.ts';
import { newId } from '../../../../src/events/new-id.ts';
import { streamName } from '../../../../src/events/streams.ts';
import { OutboundError, type OutboundErrorCode } from '../../../../src/outbound/outbound-error.ts';
import { InlineProjector } from '../../../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../../../src/projections/read-model.ts';
import { viewFromLog } from '../../../../src/projections/view-from-log.ts';
import type { UserView, WebhookView } from '../../../../src/projections/views.ts';
import { Cursors } from '../../../../src/subscribers/cursor.ts';
import { beginningOf, type Place } from '../../../../src/subscribers/place.ts';
import { type EngineParts, WebhookEngine } from '../../../../src/subscribers/webhooks/engine.ts';
import { markOf } from '../../../../src/subscribers/webhooks/mark.ts';
import { Sender } from '../../../../src/subscribers/webhooks/sender.ts';
import { Keys } from '../../../../src/tokens/keys.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, USER_REMOVED } from '../../../support/events.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryLog, NAMING } from './memory-log.ts';
import { MemoryStore } from './memory-store.ts';

const LOG = '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90';

/** A POST that an engine made. */
export interface Posted {
  readonly node: string;
  readonly url: string;
  readonly id: string;
  readonly atMs: number;
  readonly stream: string;
  readonly event: { readonly [name: string]: unknown };
}

/** What a receiver does: a status, or why there is no answer; `hangs`: there is none for 15 s. */
export type Does = number | OutboundErrorCode | 'hangs' | { readonly status: number; readonly retryAfter: string };

/** A log, a store, receivers and engines without disk, network and time of their own. */
export class World {
  readonly clock = new FakeClock();
  readonly service = 'here';
  readonly memory = new MemoryLog(LOG);
  store = new MemoryStore();
  readonly cursors = new Cursors(new Keys('7'.repeat(32)));
  readonly posted: Posted[] = [];
  readonly lines: string[] = [];
  readonly engines = new Map<string, WebhookEngine>();
  /** Nodes that were killed. */
  readonly killed = new Set<string>();
  /** Killed nodes of which others know at once. */
  readonly ended = new Set<string>();
  user: UserView | null = {
    id: METADATA.user_id,
    organization_id: METADATA.organization_id,
    ...{ role: 'member', registered_at: METADATA.occurred_at, removed_at: null },
  };
  isDirectoryAway = false;
  /** Makes a body when it is the turn of its organization. */
  inTurn: EngineParts['inTurn'] = (_organizationId, work) => work();
  /** What the receivers do. */
  receive: (posted: Posted, before: number) => Does = () => 200;

  readonly execute = executor(this.memory.log, new InlineProjector({} as ReadModel));

  get log() {
    return this.memory.log;
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms);
  }

  /** Starts an engine, and lets it take its leases. */
  async start(node = 'node'): Promise<WebhookEngine> {
    const engine = new WebhookEngine({
      isOn: true,
      log: this.log,
      readModel: {
        page: async (_kind: string, after: string | null) => {
          const ids = [...new Set(this.memory.events.map(({ stream }) => stream))]
            .filter((stream) => stream.startsWith('webhook-'))
            .map((stream) => stream.slice('webhook-'.length));
          const views = await Promise.all(ids.map((id) => viewFromLog(this.log, 'webhook', id)));
          return after === null ? views : [];
        },
      } as unknown as ReadModel,
      whenLevel: async () => {},
      feed: this.#unlessKilled(node, this.memory),
      store: this.#unlessKilled(node, this.store),
      execute: this.#unlessKilled(node, { execute: this.execute }).execute,
      directory: {
        user: async () => {
          if (this.isDirectoryAway) throw new Error('the directory is away');
          return this.user;
        },
        secret: async () => null,
      },
      sender: new Sender({
        client: { post: (url, { body, signal }) => this.#post(node, url, String(body), signal) },
        signer: {
          headers: (_endpoint, { id }) => ({ 'webhook-id': id, 'webhook-timestamp': '', 'webhook-signature': '' }),
        },
        clock: this.clock,
      }),
      cursors: this.cursors,
      naming: NAMING,
      service: this.service,
      clock: this.clock,
      inTurn: (organizationId, work) => this.inTurn(organizationId, work),
      node,
      hasEnded: (other) => this.ended.has(other),
      random: () => 0.5,
      logger: {
        info: (_fields, message) => this.lines.push(message),
        warn: (fields, message) => this.lines.push(`${message} ${JSON.stringify(fields)}`),
      },
      onAttempt: () => {},
      checkUrl: async () => {},
    });
    this.engines.set(node, engine);
    engine.start();
    await this.pass(0);
    await this.pass(0);
    return engine;
  }

  /** A node that is killed gets no answer any more, and nothing of it reaches anybody. */
  kill(node: string): void {
    this.killed.add(node);
    this.engines.delete(node);
  }

  #unlessKilled<T extends object>(node: string, part: T): T {
    return new Proxy(part, {
      get: (target, name) => {
        const member = target[name as keyof T];
        if (typeof member !== 'function') return member;
        if (name === 'watch') return member.bind(target);
        if (this.killed.has(node)) return () => new Promise(() => {});
        return async (...args: unknown[]) => {
          const result = await member.apply(target, args);
          return this.killed.has(node) ? new Promise(() => {}) : result;
        };
      },
    });
  }

  /** Registers an endpoint from a place on; from the beginning unless it is given. */
  async register(settings: Partial<WebhookSettings> = {}, after: Place = beginningOf(this.log)): Promise<string> {
    const id = newId();
    await this.command(id, {
      type: 'RegisterWebhook',
      ...{ organization_id: METADATA.organization_id, sees: 'organization', url: `https://${id}.example.com/` },
      ...{ types: ['*'], album_id: null, thin: false, ordered: false, v1a: false, ...settings },
      watermark: markOf(after, this.service),
    });
    return id;
  }

  async command(id: string, command: WebhookCommand): Promise<void> {
    const { organization_id, user_id, request_id } = METADATA;
    const context = { organization_id, user_id, request_id };
    await this.execute(webhookDecider, streamName('webhook', id), command, context);
    await this.pass(0);
  }

  async view(id: string): Promise<WebhookView> {
    return (await viewFromLog(this.log, 'webhook', id))?.view as WebhookView;
  }

  /** Appends further events of these imports, by their names. */
  publish(...imports: readonly string[]): void {
    for (const name of imports) {
      const stream = this.streamOf(name);
      const at = new Date(this.clock.now()).toISOString();
      this.memory.append(stream, [newEvent(IMPORT_REQUESTED, { occurred_at: at })], 'any');
    }
  }

  readonly #streams = new Map<string, string>();

  streamOf(name: string): string {
    const known = this.#streams.get(name) ?? `import-${randomUUID()}`;
    this.#streams.set(name, known);
    return known;
  }

  removeUser(): void {
    if (this.user !== null) this.user = { ...this.user, removed_at: METADATA.occurred_at };
    this.memory.append(`user-${METADATA.user_id}`, [newEvent(USER_REMOVED)], 'any');
  }

  /** The imports that were posted, by name, in order. */
  get sent(): string[] {
    return this.posted.map(({ stream }) => [...this.#streams].find(([, name]) => name === stream)?.[0] ?? stream);
  }

  statuses(id: string): { [status: string]: number } {
    const counts: { [status: string]: number } = {};
    for (const { status } of this.store.of(id)) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  async #post(node: string, url: string, body: string, signal: AbortSignal | undefined) {
    if (this.killed.has(node)) return new Promise<never>(() => {});
    const event = JSON.parse(body);
    const posted: Posted = {
      ...{ node, url, id: event.id, atMs: this.clock.elapsed() },
      ...{ stream: `import-${event.subject}`, event },
    };
    const before = this.posted.filter(({ id }) => id === posted.id).length;
    this.posted.push(posted);
    const does = this.receive(posted, before);
    if (does === 'hangs') {
      return new Promise<never>((_, reject) => {
        const end = () => reject(new OutboundError('aborted', 'it was ended'));
        this.clock.after(15_000, () => reject(new OutboundError('timeout', 'no answer came within 15 s')));
        signal?.addEventListener('abort', end);
        if (signal?.aborted) end();
      });
    }
    if (typeof does === 'string') throw new OutboundError(does, `the test says ${does}`);
    const { status, retryAfter } = typeof does === 'number' ? { status: does, retryAfter: undefined } : does;
    return { status, headers: { 'retry-after': retryAfter }, body: `answer ${status}`, ms: 1 };
  }
}
