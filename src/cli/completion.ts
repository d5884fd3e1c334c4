import { Argument, type Command } from 'commander';
import { bashScript } from './completion/bash.ts';
import { completables } from './completion/completable.ts';
import { zshScript } from './completion/zsh.ts';
import type { Context } from './context.ts';

const scripts = { bash: bashScript, zsh: zshScript } as const;

/** `imports completion`: a script, made from the commands themselves, with which a shell completes them. */
export function addCompletionCommand(program: Command, context: Context): void {
  program
    .command('completion')
    .description('print a script that makes a shell complete commands, options, their values and files')
    .summary('print a script that makes a shell complete these commands')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(scripts)))
    .addHelpText('after', HELP)
    .action(async (shell: keyof typeof scripts) => {
      await context.write(scripts[shell](completables(program)));
    });
}

const HELP = `
It works for \`npx imports\`, and for \`imports\` if that is on the path or an alias. The first two examples switch it on for a
session of bash or zsh. To keep it, write that line into ~/.bashrc, or into ~/.zshrc below the line that calls compinit.

Examples:
  eval "$(npx imports completion bash)"
  autoload -U compinit && compinit && eval "$(npx imports completion zsh)"
  npx imports completion bash > ~/.local/share/bash-completion/completions/imports`;
