import { beginningOf, type Endpoint } from './endpoint.ts';
import { EndpointRun } from './endpoint-run.ts';
import { heldReason } from './held.ts';
import { itemOfStored } from './item.ts';
import type { RunParts } from './run-parts.ts';

/**
 * Begins to serve an endpoint from where it stopped, or from where it was told to.
 * @returns the run, which is to be started; or, as text, why the endpoint is held
 * @throws {DeliveriesUnavailable | LogUnavailable}
 */
export async function beginRun(endpoint: Endpoint, parts: RunParts): Promise<EndpointRun | string> {
  const { store, log, clock } = parts;
  const held = await heldReason(endpoint, parts);
  if (held !== null) return held;
  const { progress, isChanged, endsWaiting } = beginningOf(endpoint, await store.progress(endpoint.id));
  if (endsWaiting) await store.end(endpoint.id);
  if (isChanged) await store.save(endpoint.id, [], progress);
  const stored = await store.waiting(endpoint.id);
  const items = stored
    .map((delivery) => itemOfStored(delivery, endpoint, log, clock))
    // What lies after the place where it begins is made again.
    .filter((item) => item !== null && item.event.position <= progress.scanned.position);
  return new EndpointRun(endpoint, progress, items as NonNullable<(typeof items)[number]>[], parts);
}
