import { Argument, type Command } from 'commander';
import { bashScript } from './completion/bash.ts';
import { completables } from './completion/completable.ts';
import { zshScript } from './completion/zsh.ts';
import type { Context } from './context.ts';

const scripts = { bash: bashScript, zsh: zshScript } as const;

/** `imports completion`: what makes a shell complete this command line, told from the command line itself. */
export function addCompletionCommand(program: Command, context: Context): void {
  program
    .command('completion')
    .description('print a script that makes a shell complete commands, options, their values and files')
    .summary('print a script that makes a shell complete all this')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(scripts)))
    .addHelpText('after', HELP)
    .action(async (shell: keyof typeof scripts) => {
      await context.write(scripts[shell](completables(program)));
    });
}

const HELP = `
It is for \`imports\`, where that is on the path or an alias, and for \`npx imports\`. For one session it is evaluated; to keep
it, write that line into ~/.bashrc, or into ~/.zshrc below the line that calls compinit.

Examples:
  eval "$(npx imports completion bash)"
  autoload -U compinit && compinit && eval "$(npx imports completion zsh)"
  npx imports completion bash > ~/.local/share/bash-completion/completions/imports`;
