import { z } from 'zod';
import type { Given, Wish } from '../../../importer/outside-work.ts';
import { workFor } from '../../changes.ts';
import { claimText } from '../../claim-name.ts';
import { requestContext } from '../../command-context.ts';
import { AccessDenied } from '../../in/access-denied.ts';
import { isGone } from '../../in/caller-gone.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { brokenOff } from '../../out/problem.ts';
import { renderImport } from '../../out/render-import.ts';
import { renderList } from '../../out/render-list.ts';
import { workerName } from '../../own-claim.ts';
import { type Asked, route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { claimSchema, claimsWished } from './work-schema.ts';

/** After news, the views may be late for a moment: it looks again after these times, in milliseconds. */
const LOOK_AGAIN_MS = [50, 200, 800];

/** What nobody tells, such as a claim that was lost elsewhere, is found within this time. */
const LONGEST_PAUSE_MS = 10_000;
const SHORTEST_PAUSE_MS = 250;

type AskedWork = Asked<'worker', object, object, z.output<typeof claimsWished>>;

export const claimImports = route({
  id: 'claimImports',
  tag: 'Work',
  method: 'POST',
  path: '/api/v1/work/claims',
  access: 'worker',
  summary: 'Get imports to perform',
  description: `Claims imports of your organization that wait: nobody else works on them before the deadline. Fetch the image of each, then complete the claim, or say why you could not.

With \`wait_seconds\` the answer waits until there is something to do. An empty list says that there was nothing, or that the workers of your organization have 500 imports already. Imports whose credentials were taken out of their parameters are not given to workers outside of the service.`,
  headers: ['Content-Encoding'],
  json: claimsWished,
  answers: { 200: { description: 'What is yours now; empty if there is nothing to do.', body: z.array(claimSchema) } },
  problems: [],
  async handle(asked, services) {
    const given = await wait(asked, services);
    const text = await renderList(asked.ctx, given, (one) => [renderGiven(one, services)]);
    return { ...(await jsonAnswer(text)), hasWaited: asked.json.wait_seconds > 0 };
  },
});

async function wait({ ctx, state, caller, json }: AskedWork, services: Services): Promise<Given[]> {
  const { outsideWork, claims, limits, streams, changes, authenticator } = services;
  const { max, wait_seconds, sources, seconds } = json;
  const wish: Wish = {
    ...{ organizationId: caller.organizationId, worker: workerName(caller), lanes: sources, most: max, seconds },
    actor: requestContext(state, caller),
  };
  const give = async () => {
    // Workers of one organization that look at the same time would all claim the same.
    const given = await limits.claims.run(caller.organizationId, () => outsideWork.give(wish));
    if (!isGone(ctx.req)) return given;
    // Nobody would perform them.
    await Promise.all(given.map(({ claim }) => claims.giveBack(claim, [], wish.actor)));
    throw brokenOff();
  };
  if (wait_seconds === 0) return give();
  const signal = streams.enter(caller.name, ctx.req, ctx.res);
  const watch = await changes.watch([workFor(caller.organizationId)]);
  try {
    const deadlineMs = performance.now() + wait_seconds * 1_000;
    for (let looks = LOOK_AGAIN_MS.length; ; ) {
      if (signal.aborted) return [];
      const given = await give();
      const leftMs = deadlineMs - performance.now();
      if (given.length > 0 || leftMs <= 0) return given;
      const dueMs = (await outsideWork.nextMs(wish)) ?? LONGEST_PAUSE_MS;
      const pauseMs = Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, dueMs));
      const isNews = await watch.next(Math.min(leftMs, LOOK_AGAIN_MS[looks] ?? pauseMs), signal);
      looks = isNews ? 0 : looks + 1;
      if (!(await authenticator.mayGoOn(caller))) throw new AccessDenied('rights_ended');
      await state.share.resume();
    }
  } finally {
    watch.end();
  }
}

function renderGiven({ claim, view }: Given, { inZone }: Services): string {
  const { attempt, deadlineMs } = claim;
  const deadline = inZone(new Date(deadlineMs).toISOString());
  return `{"id":"${claimText(claim)}","attempt":${attempt},"deadline":"${deadline}","import":${renderImport(view, inZone)}}`;
}
