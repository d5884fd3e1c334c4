import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { type Completable, completables } from '../../src/cli/completion/completable.ts';
import { zshScript } from '../../src/cli/completion/zsh.ts';
import { wholeProgram } from '../support/imports.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const commands = completables(await wholeProgram());
const hasZsh = spawnSync('zsh', ['-fc', 'zmodload zsh/zpty']).status === 0;

/** Of the zsh that is completed in: it tells when it can be typed into, and what the line is by then. */
const ZSHRC = `
  PROMPT= RPROMPT= LISTMAX=1000 fpath=($ZDOTDIR/functions $fpath)
  autoload -Uz compinit && compinit -u -D && source $ZDOTDIR/.script
  tell() { print -r -- "<<$BUFFER>>" }
  zle -N tell
  bindkey '^I' complete-word
  bindkey '^X^T' tell
  zle-line-init() { print at the tab }
  zle -N zle-line-init
`;

/** Types into it. */
const DRIVE = `
  zmodload zsh/zpty
  zpty shell 'zsh -d -i'
  zpty -r -m shell before '*at the tab*'
  zpty -w -n shell "$LINE"$'\\t\\x18\\x14'
  zpty -r -m shell after '*>>*'
  print -r -- "$before$after"
  zpty -d shell
`;

function namesBelow(...path: string[]): string[] {
  const found = commands.find((command) => command.path.join(' ') === path.join(' '));
  return (found as Completable).subcommands.map(({ name }) => name);
}

describe('completion', () => {
  const directory = temporaryDirectory();

  before(() => {
    for (const file of ['events.ndjson', 'events 2.ndjson']) writeFileSync(join(directory.path, file), '');
    mkdirSync(join(directory.path, 'exports'));
  });

  after(() => directory.remove());

  describe('in bash', () => {
    /** What is offered for the last of the words; how a shell calls it, `script` being evaluated in it. */
    const offered = (words: readonly string[], script = bashScript(commands), before = '') => {
      const call = `
        ${before}
        eval "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        spec=$(complete -p "$1"); spec=\${spec#*-F }; \${spec%% *}
        for reply in "\${COMPREPLY[@]}"; do echo "$reply"; done`;
      const shell = spawnSync('bash', ['--norc', '-c', call, 'bash', script, ...words], {
        cwd: directory.path,
        encoding: 'utf8',
      });
      expect(shell.stderr).to.equal('');
      return shell.stdout.split('\n').slice(0, -1);
    };

    for (const [what, line, replies] of [
      ['commands', 'imports ', namesBelow()],
      ['commands that begin so', 'imports rep', ['replay']],
      ['subcommands', 'imports users ', ['add', 'remove', 'list', 'help']],
      ['what there is help for', 'imports help s', ['salvage', 'secrets', 'show', 'status']],
      [
        'options',
        'imports users add --',
        ['--user', '--organization', '--role', '--json', '--operator', '--reason', '--help'],
      ],
      ['options where nothing else may stand', 'imports users list ', ['--json', '-h', '--help']],
      ['the choices of an option', 'imports users add --role ', ['member', 'operator', 'worker']],
      ['choices that begin so', 'imports users add --user x --role op', ['operator']],
      ['options after the value of another', 'imports users add --role operator --o', ['--organization', '--operator']],
      ['the choices of an argument', 'imports completion ', ['bash', 'zsh']],
      ['files for an option', 'imports export --output e', ['events 2.ndjson', 'events.ndjson', 'exports']],
      ['files for an argument', 'imports load --dry-run events.', ['events.ndjson']],
      ['nothing for an option that may be anything', 'imports show --at ', []],
      ['no subcommands after a value that is like a command', 'imports token --user users --e', ['--expires-in']],
      ['nothing for what is no command', 'imports frobnicate --', ['--version', '--help']],
      ['the same after npx', 'npx imports users r', ['remove']],
      ['nothing of its own for another command of npx', 'npx mocha ', []],
      ['nothing of its own before it is named', 'npx im', []],
    ] as const) {
      it(`offers ${what}`, () => {
        expect(offered(line.split(' ')).toSorted()).to.deep.equal([...replies].toSorted());
      });
    }

    it('offers values after an equals sign, which bash makes a word of', () => {
      const before = ['imports', 'users', 'add', '--role', '='];
      expect(offered(before)).to.deep.equal(['member', 'operator', 'worker']);
      expect(offered([...before, 'm'])).to.deep.equal(['member']);
      expect(offered([...before, 'member', '--j'])).to.deep.equal(['--json']);
    });

    it('leaves npx to what completes it already', () => {
      const before = '_of_npm() { COMPREPLY=(of-npm); }; complete -F _of_npm npx';
      expect(offered(['npx', 'imports', ''], undefined, before)).to.deep.equal(['of-npm']);
    });
  });

  describe('in zsh', () => {
    it('has a function for every command, and words for every option', () => {
      const script = zshScript(commands);
      for (const { path, options } of commands) {
        expect(script).to.contain(`\n_${['imports', ...path].join('_')}() {`);
        for (const { description } of options) {
          expect(script).to.contain(`[${description.replaceAll("'", "'\\''")}]`);
        }
      }
    });

    /** What the line becomes at a tab, and what is listed below it, in an interactive zsh that has evaluated `script`. */
    const atTab = (line: string, script = zshScript(commands)) => {
      writeFileSync(join(directory.path, '.script'), script);
      writeFileSync(join(directory.path, '.zshrc'), ZSHRC);
      const shell = spawnSync('zsh', ['-fc', DRIVE], {
        cwd: directory.path,
        env: { PATH: process.env.PATH, ZDOTDIR: directory.path, TERM: 'dumb', LINE: line },
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect(shell.stderr).to.equal('');
      const [, listed = '', completed] = /at the tab(.*)<<(.*)>>/s.exec(shell.stdout) ?? [];
      return { completed, listed };
    };

    const inZsh = hasZsh ? it : it.skip;

    for (const [what, line, completed] of [
      ['a command', 'imports qua', 'imports quarantine '],
      ['a subcommand', 'imports users a', 'imports users add '],
      ['an option', 'imports users add --org', 'imports users add --organization='],
      ['the choice of an option', 'imports users add --role op', 'imports users add --role operator '],
      ['a choice after an equals sign', 'imports users add --role=m', 'imports users add --role=member '],
      [
        'an option after the value of another',
        'imports users add --role=member --js',
        'imports users add --role=member --json ',
      ],
      ['an option that may be given again', 'imports events --grep a=b --gr', 'imports events --grep a=b --grep='],
      ['an argument', 'imports completion b', 'imports completion bash '],
      ['a file for an option', 'imports export --output exp', 'imports export --output exports/'],
      ['a file for an argument', 'imports load events.', 'imports load events.ndjson '],
      ['the same after npx', 'npx imports users rem', 'npx imports users remove '],
      ['what is no command in no way', 'imports frob', 'imports frob'],
    ] as const) {
      inZsh(`completes ${what}`, () => {
        expect(atTab(line).completed).to.equal(completed);
      });
    }

    inZsh('completes from the first time on where the script is a file that zsh loads', () => {
      mkdirSync(join(directory.path, 'functions'));
      writeFileSync(join(directory.path, 'functions', '_imports'), zshScript(commands));
      expect(atTab('imports users a', '').completed).to.equal('imports users add ');
    });

    inZsh('tells of each subcommand what it is for', () => {
      const { listed } = atTab('imports users ');
      for (const name of namesBelow('users')) expect(listed).to.match(new RegExp(`\n${name} +-- \\w`));
    });

    inZsh('shows descriptions as they are, and takes nothing in them for code', () => {
      const description = "it's `date`: [now] \\ $(date) $HOME";
      const program = new Command('imports').option('--at <a:b>', description).option('--after <file>', 'x');
      program.command('one').description(description);
      program.command('other').description('x');
      const script = zshScript(completables(program));
      expect(atTab('imports --a', script).listed).to.contain(`--at     -- ${description}`);
      expect(atTab('imports o', script).listed).to.contain(`one    -- ${description}`);
    });
  });
});
