import { codeOf } from '../code-of.ts';
import { surroundings } from './surroundings.ts';

/** Resolves when the text is handed over; rejects with EPIPE where nobody reads on. */
export function writeToStandardOutput(text: string): Promise<void> {
  const { stdout } = surroundings();
  return new Promise((resolve, reject) => {
    stdout.once('error', reject);
    stdout.write(text, (error) => {
      if (error) return;
      stdout.off('error', reject);
      resolve();
    });
  });
}

/** Whether writing failed because who reads has seen enough (`| head`), and has ended with a code of its own. */
export function isReaderGone(error: unknown): boolean {
  return codeOf(error) === 'EPIPE';
}
