import { viewsBehind } from './out/problem.ts';
import type { Services } from './services.ts';

/**
 * The result of `read`, a list of views, if it lacks nothing that was acknowledged before.
 * @throws {Problem} 503 if the views are behind
 */
export async function whole<T>(
  { follower, readModel }: Pick<Services, 'follower' | 'readModel'>,
  read: () => Promise<T>,
): Promise<T> {
  const { caughtUp, position, generation } = follower.status();
  const found = caughtUp ? await read() : null;
  // After the read, so that it is certain from which generation it was read.
  const checkpoint = await readModel.checkpoint();
  const isWhole = checkpoint?.generation === generation && checkpoint.position >= position;
  if (found !== null && isWhole) return found;
  throw viewsBehind();
}
