import fc from 'fast-check';
import { type Conversation, converse, type Heard } from './conversation.ts';
import { conversation, stalled } from './conversations.ts';
import { type Findings, LONGEST_DELAY_MS } from './findings.ts';
import type { Answer } from './probe.ts';
import { FuzzedService } from './service.ts';
import { TOKEN } from './tokens.ts';

/** The conversations of a round, and how many of them run at once. */
const RUNS = 100;
const AT_ONCE = 20;
/** Conversations that stall. They take half a minute, so others run meanwhile. */
const STALLED = 4;
/**
 * Only CPU time counts, so that other programs on the machine do not. A slow conversation may be a pause of the garbage collector. A
 * delay counts only if the conversation is slow in every try, alone.
 */
const TRIES = 4;
/** A conversation that ended the service may need several tries to end it again. */
const TRIES_TO_END = 30;
const SHOWN_OF_ANSWERS = 4_000;
/** The rounds in which the caches of the service fill. */
const WARM_UP_ROUNDS = 4;
/** The pause after a round, in which its log lines are written and its memory is released. */
const ROUNDS_A_SERVICE = 150;
/** How much the heap with its buffers, and the process, may grow after the warm-up. The caches are limited, and far smaller. */
const MORE_HELD_BYTES = 48 * 1_048_576;
const MORE_RESIDENT_BYTES = 160 * 1_048_576;

/** Runs conversations with a service, which follow from the seed of each round, and checks the service. */
export class WireFuzzer {
  readonly #findings: Findings;
  #service: FuzzedService | null = null;
  #rounds = 0;
  #afterWarmUp: { readonly heldBytes: number; readonly residentBytes: number } | null = null;
  #seed = 0;
  #stalled: Promise<void>[] = [];
  /** How often each status was answered. */
  readonly statuses = new Map<number, number>();
  /** The longest time that the loop was held by anything, including the garbage collector and other programs. */
  longestSeenMs = 0;
  /** The most that the memory of a service has grown after its warm-up, in bytes. */
  mostMoreBytes = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** @param mayStall whether there is time for callers who stop in the middle of a request */
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

  /** Stops the service. Checks that its memory has not grown and that it ends as it should. */
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
      `memory has grown: ${megabytes[0]} MB more of the heap and buffers, ${megabytes[1]} MB more resident`,
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
    // If the service has ended, that is the failure to report.
    if (fault === null || this.#service?.isRunning !== true) return;
    const answers = received.toString('latin1', 0, SHOWN_OF_ANSWERS);
    this.#fail(`${fault}\n${this.#service.errors()}`, { ...one, answers }, seed);
  }

  /** The probe's answer; null if the service has ended. It also sends a normal request, as a caller would. */
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

  /** Repeats each conversation several times with a fresh service, alone. */
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
