import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from './http-request.ts';

/** Sends requests at a pace, whether or not the answers to earlier ones have come. */
export interface Paced {
  readonly origin: string;
  readonly request: HttpRequest;
  readonly perSecond: number;
  readonly seconds: number;
  /** Is called with each answer's body, when it has come whole. */
  readonly onAnswer: (body: string) => void;
}

/** How long each request took until its answer was whole, in milliseconds. @throws Error if one was not answered 200 */
export async function sendPaced({ origin, request: asked, perSecond, seconds, onAnswer }: Paced): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  const began = performance.now();
  for (let number = 0; number < perSecond * seconds; number += 1) {
    const waitMs = began + (number * 1000) / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    sent.push(
      send(agent, origin, asked).then(({ body, ms }) => {
        took.push(ms);
        onAnswer(body);
      }),
    );
  }
  await Promise.all(sent).finally(() => agent.destroy());
  return took;
}

function send(agent: Agent, origin: string, asked: HttpRequest): Promise<{ body: string; ms: number }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const { method, headers } = asked;
    const outgoing = request(origin + asked.path, { agent, method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      answer.on('error', reject).on('end', () => {
        if (answer.statusCode === 200) resolve({ body, ms: performance.now() - began });
        else reject(new Error(`A POST was answered ${answer.statusCode}: ${body}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(asked.body);
  });
}
