import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../support/until.ts';
import type { Received, WebhookReceiver } from '../../../support/webhook-receiver.ts';
import type { WebhookNode } from './webhook-node.ts';

/** What a subscriber saw while nodes were killed. */
export interface Seen {
  readonly acknowledged: number;
  readonly lost: readonly string[];
  /** Deliveries that came more than once: they have the same id. */
  readonly repeated: number;
}

/**
 * Kills a node again and again while it sends, and says what was lost in the end.
 * @param receiver answers after a few milliseconds, so that deliveries are under way at each kill
 * @param onRound is called after each kill
 */
export async function killedWhileSending(
  node: WebhookNode,
  receiver: WebhookReceiver,
  rounds: number,
  onRound: (round: number) => void = () => {},
): Promise<Seen> {
  const acknowledged: string[] = [];
  const seen = new Map<string, number>();
  receiver.answer = async ({ id, event: { subject } }: Received, response) => {
    await sleep(5 * Math.random());
    // Half of what is cut by a kill was acknowledged, as far as the receiver knows.
    seen.set(id, (seen.get(id) ?? 0) + 1);
    subjects.add(subject);
    response.writeHead(204).end();
  };
  const subjects = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const goal = acknowledged.length + 20 + Math.floor(Math.random() * 40);
    let isRunning = true;
    const callers = Array.from({ length: 4 }, async () => {
      while (isRunning) {
        const id = await node.post();
        if (id === null) return;
        acknowledged.push(id);
      }
    });
    await until('more are acknowledged', () => acknowledged.length >= goal, 30_000);
    await node.kill();
    isRunning = false;
    await Promise.all(callers);
    await node.start();
    onRound(round);
  }
  const lost = () => acknowledged.filter((id) => !subjects.has(id));
  await until('all came', () => lost().length === 0, 60_000).catch(() => {});
  const repeated = [...seen.values()].filter((times) => times > 1).length;
  return { acknowledged: acknowledged.length, lost: lost(), repeated };
}
