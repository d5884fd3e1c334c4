import { reasonOf } from '../../errors/reason-of.ts';
import { type LastLook, lastVerify } from '../../operations/last-look.ts';
import type { Context } from '../context.ts';

/** Notes in the data directory what a whole `verify --all` has found: a service with that directory tells its age, and what is wrong. */
export async function noteLook(look: Omit<LastLook, 'at'>, { config, say }: Context): Promise<void> {
  try {
    await lastVerify.write(config.dataDir, { ...look, at: new Date().toISOString() });
  } catch (error) {
    say(`When everything was last verified is not noted in DATA_DIR ${config.dataDir}: ${reasonOf(error)}`);
  }
}
