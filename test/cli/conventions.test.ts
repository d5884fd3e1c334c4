import { expect } from 'chai';
import type { Command } from 'commander';
import { COMMANDS } from '../../src/cli/commands.ts';
import { exitCodeOf, exitCodes } from '../../src/cli/outcomes.ts';
import { RECORD_NOTHING } from '../../src/cli/who-and-why.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import { LineRefused } from '../../src/operations/transfer/load-events.ts';
import { wholeProgram } from '../support/imports.ts';

/** Every command below one, by what is typed after `imports`. */
function below(command: Command, path = ''): [string, Command][] {
  return command.commands.flatMap((subcommand) => {
    const name = `${path}${subcommand.name()}`;
    return [[name, subcommand] as [string, Command], ...below(subcommand, `${name} `)];
  });
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

const program = await wholeProgram();
const commands = new Map(below(program));
const leaves = [...commands].filter(([, { commands }]) => commands.length === 0);

function flagsOf(command: Command): (string | undefined)[] {
  return ['--help', ...command.options.map(({ long }) => long)];
}

function having(flag: string): string[] {
  return leaves.filter(([, command]) => flagsOf(command).includes(flag)).map(([name]) => name);
}

describe('the command line as a whole', () => {
  it('has a line for every command in --help, within the width of a terminal', () => {
    const help = helpOf(program);
    for (const command of program.commands) {
      expect(help).to.match(new RegExp(`^ {2}${command.name()} +\\S`, 'm'));
    }
    const list = help.slice(0, help.indexOf('Data goes')).split('\n');
    expect(list.filter((line) => line.length > 80 || /^ {4,}/.test(line))).to.deep.equal([]);
  });

  it('loads each command alone, by the word that is typed', async () => {
    const loaded = Object.values(COMMANDS).flatMap((group) => Object.keys(group));
    expect(program.commands.map((command) => command.name())).to.deep.equal([...loaded, 'completion']);
    for (const name of loaded) {
      const { commands: some } = await wholeProgram(name);
      expect(some.map((command) => command.name())).to.deep.equal([name, 'completion']);
      expect(helpOf(some[0] as Command)).to.equal(helpOf(commands.get(name) as Command));
    }
  });

  it('tells every exit code in --help', () => {
    for (const code of Object.values(exitCodes)) {
      expect(helpOf(program)).to.match(new RegExp(`^.*\\b${code} {2,}\\w`, 'm'));
    }
  });

  it('ends as where the log is away with a load that stopped for that', () => {
    const away = new LogUnavailable('it does not answer');
    expect(exitCodeOf(new LineRefused(3, away))).to.equal(exitCodes.storeUnavailable);
    expect(exitCodeOf(new LineRefused(3, new Error('it is not JSON')))).to.equal(exitCodes.failed);
  });

  it('has --operator and --reason on every subcommand that records something', () => {
    const reading = [
      ...['users list', 'secrets list', 'connections list', 'connections test', 'keys list', 'quarantine list'],
      ...['quarantine show', 'webhooks list', 'webhooks show', 'webhooks deliveries', 'versions list', 'audit', 'show'],
      ...['events', 'follow', 'status', 'check', 'completion'],
    ];
    expect([...RECORD_NOTHING]).to.have.members(reading);
    const others = leaves.map(([name]) => name).filter((name) => !reading.includes(name));
    expect(having('--operator').filter((name) => name !== 'audit')).to.have.members(others);
    expect(having('--reason')).to.have.members(others);
  });

  it('has --json wherever data is printed that is not made for one reader alone', () => {
    const json = having('--json');
    expect(leaves.map(([name]) => name).filter((name) => !json.includes(name))).to.have.members([
      // Nothing but words.
      'work',
      'users remove',
      'secrets revoke',
      'versions remove',
      'webhooks disable',
      'webhooks enable',
      'connections add',
      'connections pause',
      'connections resume',
      'connections remove',
      // JSON anyway, what a monitoring system reads, and what a shell reads.
      'export',
      'follow',
      'check',
      'completion',
    ]);
  });

  for (const [name, command] of commands) {
    describe(`imports ${name}`, () => {
      it('says what it is for, and of every option and argument what it means', () => {
        const { options, registeredArguments } = command;
        const texts = [...options, ...registeredArguments].map(({ description }) => description);
        expect([command.description(), ...texts]).to.satisfy((all: string[]) => all.every((text) => text !== ''));
      });

      it('has examples in its --help that can be typed', () => {
        const examples = helpOf(command).split(/\nExamples?:\n/)[1] ?? '';
        const typed = [...examples.matchAll(/npx imports ([^|>"&)\n]+)/g)].map(([, text = '']) => text.trim());
        expect(typed).to.have.length.at.least(1);
        for (const text of typed) {
          expect(`${text} `.startsWith(`${name} `), text).to.equal(true);
          const own = commands.get(text.split(' ').slice(0, 2).join(' ')) ?? command;
          expect(flagsOf(own)).to.include.members([...text.matchAll(/ (--[\w-]+)/g)].map(([, flag]) => flag));
        }
      });
    });
  }
});
