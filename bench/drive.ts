import { reasonOf } from '../src/errors/reason-of.ts';
import { driveWithAutocannon } from './autocannon.ts';
import { ask } from './http-request.ts';
import type { Load, LoadResult } from './load.ts';
import type { Workspace } from './workspace.ts';
import { driveWithWrk } from './wrk.ts';

/** Sends requests to a program. Each connection sends its next request after the answer to its last. @throws Error on any failure */
export async function drive(program: 'wrk' | 'autocannon', workspace: Workspace, load: Load): Promise<LoadResult> {
  const result = program === 'wrk' ? await driveWithWrk(workspace, load) : await driveWithAutocannon(load);
  if (result.failures > 0) {
    const [request] = load.requests;
    const again = request && (await ask(load.origin, request).catch(reasonOf));
    throw new Error(
      `${result.failures} of ${result.answers} requests to ${load.origin} failed or were not answered 200. ` +
        `One more try: ${typeof again === 'object' ? `${again.status} ${again.body}` : again}`,
    );
  }
  return result;
}
