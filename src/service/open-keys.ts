import { hostname } from 'node:os';
import { accessDecider } from '../commands/access.ts';
import { executor } from '../commands/execute.ts';
import { newId } from '../events/new-id.ts';
import { accessStream } from '../events/streams.ts';
import { keysOfService } from '../operations/keys/own-keys.ts';
import { InlineProjector } from '../projections/inline-projector.ts';
import type { Stores } from '../projections/stores.ts';
import type { OfOthers } from '../stores/adoption.ts';
import type { Keys } from '../tokens/keys.ts';

/** The keys of a service that starts, which records in the log what it finds. @throws {OtherKey | LogUnavailable} */
export function openKeys(
  configured: Keys,
  { log, readModel }: Stores,
  logger: { warn(message: string): void },
  ofOthers: OfOthers,
): Promise<Keys> {
  // No view has these events, so nothing is projected.
  const execute = executor(log, new InlineProjector(readModel));
  return keysOfService(configured, log, {
    record: (access) => execute(accessDecider, accessStream(log.id), access, { host: hostname(), request_id: newId() }),
    warn: (message) => logger.warn(message),
    isAdopted: ofOthers !== 'refuse',
  });
}
