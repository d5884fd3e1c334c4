import fc from 'fast-check';
import { type Conversation, converse, type Heard } from './conversation.ts';
import { conversation, stalled } from './conversations.ts';
import { type Findings, LONGEST_DELAY_MS } from './findings.ts';
import type { Answer } from './probe.ts';
import { FuzzedService } from './service.ts';
import { TOKEN } from './tokens.ts';

/** Conversations of a round, and how many of them are had at once. */
const RUNS = 100;
const AT_ONCE = 20;
/** They take half a minute, so others are had meanwhile. */
const STALLED = 4;
/**
 * Only computing counts, so that other programs on the machine do not. A conversation that held the loop too long may have met a pause
 * of the garbage collector: it does so again each time, alone, or it does not count.
 */
const TRIES = 4;
/** What ends the service may need luck to do it again. */
const TRIES_TO_END = 30;
const SHOWN_OF_ANSWERS = 4_000;
/** Until then the caches of the service fill. */
const WARM_UP_ROUNDS = 4;
/** For its log and its memory; what a round brings about is over before the next one. */
const ROUNDS_A_SERVICE = 150;
/** The heap and its buffers, the process: what it may have more at the end than after the warm-up. Its caches are limited, and are far smaller. */
const MORE_HELD_BYTES = 48 * 1_048_576;
const MORE_RESIDENT_BYTES = 160 * 1_048_576;

/** Has conversations with a service, which follow from the seed of each round, and sees to what becomes of it. */
export class WireFuzzer {
  readonly #findings: Findings;
  #service: FuzzedService | null = null;
  #rounds = 0;
  #afterWarmUp: { readonly heldBytes: number; readonly residentBytes: number } | null = null;
  #seed = 0;
  #stalled: Promise<void>[] = [];
  /** How often each status was answered. */
  readonly statuses = new Map<number, number>();
  /** The longest that anything held the loop, the garbage collector and other programs too. */
  longestSeenMs = 0;
  /** What memory was more at the end of a service than after its warm-up, at most. */
  mostMoreBytes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** @param mayStall whether there is time for callers who stop in the midst of a request */
  async round(seed: number, mayStall: boolean): Promise<void> {
    this.#seed = seed;
    const { port } = await this.#running();
    for (const one of mayStall ? fc.sample(stalled, { seed, numRuns: STALLED }) : []) {
      this.#stalled.push(converse(port, one).then((heard) => this.#judge(one, heard, seed)));
    }
    const conversations = fc.sample(conversation, { seed, numRuns: RUNS });
    for (let at = 0; at < RUNS; at += AT_ONCE) await this.#batch(conversations.slice(at, at + AT_ONCE));
    this.#rounds += 1;
    if (this.#rounds === WARM_UP_ROUNDS)
      this.#afterWarmUp = await this.#running().then((service) => service.ask('memory'));
    if (this.#rounds === ROUNDS_A_SERVICE) await this.stop();
  }

  /** Stops the service: its memory is back where it was, and it ends as it should. */
  async stop(): Promise<void> {
    const service = this.#service;
    if (service === null) return;
    await Promise.all(this.#stalled);
    this.#stalled = [];
    if (this.#afterWarmUp !== null && service.isRunning) await this.#compareMemory(service, this.#afterWarmUp);
    this.#service = null;
    this.#rounds = 0;
    this.#afterWarmUp = null;
    const wrong = await service.stop();
    if (wrong !== null) this.#fail(`the service does not stop as it should: ${wrong}`, null);
  }

  /** Ends the service at once, and removes its files. */
  abandon(): void {
    this.#service?.kill();
  }

  async #compareMemory(
    service: FuzzedService,
    before: { readonly heldBytes: number; readonly residentBytes: number },
  ): Promise<void> {
    const after = await service.ask('memory');
    const [held, resident] = [after.heldBytes - before.heldBytes, after.residentBytes - before.residentBytes];
    this.mostMoreBytes = Math.max(this.mostMoreBytes, held);
    if (held <= MORE_HELD_BYTES && resident <= MORE_RESIDENT_BYTES) return;
    const megabytes = [held, resident].map((bytes) => Math.round(bytes / 1_048_576));
    this.#fail(
      `memory is not back where it was: ${megabytes[0]} MB more of the heap and buffers, ${megabytes[1]} MB more resident`,
      null,
    );
  }

  async #running(): Promise<FuzzedService> {
    this.#service ??= await FuzzedService.start();
    return this.#service;
  }

  async #batch(conversations: readonly Conversation[]): Promise<void> {
    const service = await this.#running();
    const port = service.port;
    const heard = await Promise.all(conversations.map((one) => converse(port, one)));
    for (const [index, one] of conversations.entries()) this.#judge(one, heard[index] as Heard, this.#seed);
    const answer = await this.#afterwards(service);
    if (answer === null) return this.#findWhoEnds(conversations, service);
    const { delayMs, heldMs } = answer;
    this.longestSeenMs = Math.max(this.longestSeenMs, delayMs);
    if (Math.min(delayMs, heldMs) > LONGEST_DELAY_MS) await this.#findWhoHolds(conversations);
    else this.#findings.delay(Math.min(delayMs, heldMs));
  }

  #judge(one: Conversation, { fault, statuses, received }: Heard, seed: number): void {
    for (const status of statuses) this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    // If the service has ended, that is what is told.
    if (fault === null || this.#service?.isRunning !== true) return;
    const answers = received.toString('latin1', 0, SHOWN_OF_ANSWERS);
    this.#fail(`${fault}\n${this.#service.errors()}`, { ...one, answers }, seed);
  }

  /** What the probe tells; null where the service has ended. It is asked as any caller would, too. */
  async #afterwards(service: FuzzedService): Promise<Answer | null> {
    try {
      const answer = await service.ask('delay');
      const signal = AbortSignal.timeout(30_000);
      const { status } = await fetch(`http://127.0.0.1:${service.port}/api/v1/imports?limit=1`, {
        signal,
        headers: { authorization: `Token ${TOKEN}`, connection: 'close' },
      });
      if (status !== 200) this.#fail(`the next request is answered ${status}`, null);
      return answer;
    } catch (error) {
      if (!service.isRunning) return null;
      this.#fail(`the service does not answer any more: ${error}`, null);
      return null;
    }
  }

  async #findWhoHolds(conversations: readonly Conversation[]): Promise<void> {
    const service = await this.#running();
    for (const one of conversations) {
      let leastMs = Number.POSITIVE_INFINITY;
      for (let count = 0; count < TRIES && leastMs > LONGEST_DELAY_MS; count += 1) {
        await service.ask('memory');
        await converse(service.port, one);
        const { delayMs, heldMs } = await service.ask('delay');
        leastMs = Math.min(leastMs, delayMs, heldMs);
      }
      if (this.#findings.delay(leastMs)) this.#fail(`the event loop is held for ${Math.round(leastMs)} ms`, one);
    }
  }

  /** Has each of them again and again with a fresh service, alone. */
  async #findWhoEnds(conversations: readonly Conversation[], ended: FuzzedService): Promise<void> {
    const said = ended.errors();
    await ended.stop();
    this.#service = null;
    this.#rounds = 0;
    this.#afterWarmUp = null;
    const service = await this.#running();
    for (const one of conversations) {
      for (let count = 0; count < TRIES_TO_END; count += 1) {
        await converse(service.port, one);
        if (
          await service
            .ask('delay')
            .then(() => true)
            .catch(() => service.isRunning)
        )
          continue;
        this.#fail(`the service ends: ${service.errors()}`, one);
        await service.stop();
        this.#service = null;
        return;
      }
    }
    this.#fail(`the service ended, and by none of these alone: ${said}`, conversations);
  }

  #fail(what: string, input: unknown, seed = this.#seed): void {
    this.#findings.fail({ part: 'wire', seed, what, input });
  }
}
