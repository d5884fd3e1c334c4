import type { Logger } from 'pino';
import { executor } from '../commands/execute.ts';
import type { ImportObserver } from '../importer/observer.ts';
import { keysOfCommand } from '../operations/keys/own-keys.ts';
import { Follower } from '../projections/follower.ts';
import { InlineProjector, notProjected } from '../projections/inline-projector.ts';
import { noteUseOf } from '../projections/note-use.ts';
import type { Stores } from '../projections/stores.ts';
import type { Config } from '../settings/config.ts';
import { jwtSecrets } from '../settings/jwt-secret.ts';
import { namingOf } from '../settings/naming.ts';
import { refusing } from '../stores/adoption.ts';
import { SharedFeed } from '../subscribers/feed/shared-feed.ts';
import { seldom } from '../time/seldom.ts';
import { Keys } from '../tokens/keys.ts';
import { importing } from './importing.ts';
import { openCredentials } from './sealed-credentials.ts';

/** A process that performs imports and does nothing else. */
export interface Worker {
  /** Gives back what is not done after `graceMs`. The stores stay open. */
  stop(graceMs: number): Promise<void>;
}

/** Nobody asks such a process for its measurements. */
const UNOBSERVED: ImportObserver = { attemptEnded() {}, expired() {}, swept() {} };

/**
 * Starts to perform imports on the service's stores, beside it or without it.
 * @param config as the service has it
 * @throws {BadConfig | OtherBlobs | OtherKey | OtherStore | SealedUnavailable | StorageUnavailable}
 */
export async function startWorker(config: Config, { log, readModel }: Stores, logger: Logger): Promise<Worker> {
  const keys = await keysOfCommand(new Keys(jwtSecrets(config)), log);
  const inline = new InlineProjector(readModel, { onFailure: notProjected(logger) });
  const follower = new Follower(log, readModel, inline, logger);
  const onTrouble = seldom((err: unknown) =>
    logger.warn({ err }, 'the log cannot be followed (this is said once in a while)'),
  );
  const feed = new SharedFeed({ log, naming: namingOf(config), inTurn: (_scope, _reader, work) => work(), onTrouble });
  const sealed = await openCredentials(config, keys, refusing('sealed', log), logger);
  const imports = await importing(
    { ...config, performsImports: true },
    {
      ...{ log, readModel, logger, keys, sealed, execute: executor(log, inline), observer: UNOBSERVED },
      whenLevel: (signal) => follower.whenLevel(signal),
      watch: (listener) => feed.watch(listener),
      openUrl: () => null,
      onConnectionChange: () => {},
    },
  ).catch(async (error) => {
    await sealed.close();
    throw error;
  });
  const stopNoting = noteUseOf(readModel, log);
  follower.start();
  await imports.start();
  return {
    async stop(graceMs) {
      await imports.stop(graceMs);
      stopNoting();
      await feed.close();
      await follower.stop();
      await sealed.close();
    },
  };
}
