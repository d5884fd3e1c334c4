import type { Command } from 'commander';
import { Context } from '../src/cli/context.ts';
import { createProgram } from '../src/cli/program.ts';

/** What the commands say of themselves, for docs/cli.md. */
export async function madeOfCommands(): Promise<string> {
  const { env, stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const program = await createProgram(
    new Context({ env, stdin, stdout, stderr, signal, leave: () => {}, lowerPriority: () => {} }),
  );
  return program.commands.flatMap((command) => sections(command, 'imports')).join('');
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
