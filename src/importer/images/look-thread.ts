import { parentPort } from 'node:worker_threads';
import { reasonOf } from '../../errors/reason-of.ts';
import type { ThreadProgram } from '../../machine/start-thread.ts';
import { BadImage, type Look } from './image-format.ts';
import { fileType, lookAtFile } from './look-at-file.ts';

/** The program of the threads that look at images. */

export const program: ThreadProgram<null> = { url: import.meta.url, run };

/** `bad`: the image is damaged. `failed`: the file cannot be read. */
export type LookOutcome = { readonly look: Look | null } | { readonly bad: string } | { readonly failed: string };

/** It sends a message when it has begun, and then for each path a `LookOutcome`. */
export async function run(): Promise<void> {
  await fileType();
  parentPort?.on('message', async (path: string) => parentPort?.postMessage(await outcomeOf(path)));
  parentPort?.postMessage('begun');
}

async function outcomeOf(path: string): Promise<LookOutcome> {
  try {
    return { look: await lookAtFile(path) };
  } catch (error) {
    return error instanceof BadImage ? { bad: error.message } : { failed: reasonOf(error) };
  }
}
