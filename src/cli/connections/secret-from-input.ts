import type { Command } from 'commander';
import type { Context } from '../context.ts';

const MOST_CHARACTERS = 4_096;

/**
 * A secret from standard input: all of it, without the line break at its end. At a terminal it would be shown while it is typed, so the
 * command ends with wrong usage there.
 */
export async function secretFromInput(command: Command, { surroundings: { stdin } }: Context): Promise<string> {
  if (stdin.isTTY) command.error('error: give the secret on standard input: … < secret.txt');
  let text = '';
  for await (const chunk of stdin) {
    text += chunk;
    if (text.length > MOST_CHARACTERS) command.error('error: standard input is too long for a secret');
  }
  const secret = text.trim();
  if (secret === '') command.error('error: there is no secret on standard input: … < secret.txt');
  if (/\s/.test(secret)) command.error('error: a secret has no blanks and no line breaks');
  return secret;
}
