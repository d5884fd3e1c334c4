import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Context } from '../src/cli/context.ts';
import { createProgram } from '../src/cli/program.ts';

/** `npm run docs`: writes what the commands say of themselves into docs/cli.md, below the words that people wrote. */

const PAGE = new URL('cli.md', import.meta.url);
const BELOW = '<!-- Everything below is made by `npm run docs`. -->\n';

/** The page as it should be. */
export function cliPage(): string {
  const { env, stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const program = createProgram(new Context({ env, stdin, stdout, stderr, signal, lowerPriority: () => {} }));
  const [written] = readFileSync(PAGE, 'utf8').split(BELOW);
  return [written, BELOW, ...program.commands.flatMap((command) => sections(command, 'imports'))].join('');
}

function sections(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  const below = command.commands.flatMap((subcommand) => sections(subcommand, name));
  return below.length > 0 ? below : [`\n## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`];
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 120 }).outputHelp();
  return help.trim();
}

if (import.meta.main) writeFileSync(PAGE, cliPage());
