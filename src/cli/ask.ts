import { createInterface } from 'node:readline/promises';
import { surroundings } from './surroundings.ts';

/** Whether somebody is there to be asked. */
export function canAsk(): boolean {
  const { stdin, stderr } = surroundings();
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks the person at the terminal; anything but yes is no.
 * @throws the signal's reason
 */
export async function ask(
  question: string,
  signal: AbortSignal,
  input: NodeJS.ReadableStream = surroundings().stdin,
  output: NodeJS.WritableStream = surroundings().stderr,
): Promise<boolean> {
  signal.throwIfAborted();
  // No editing of the line: so Ctrl-C stays a signal.
  const terminal = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}
