import type { Completable, CompletableOption, Value } from './completable.ts';

/** The script that makes zsh complete `imports`, and `npx imports` if nothing else completes `npx`; with descriptions. */
export function zshScript(commands: readonly Completable[]): string {
  return `#compdef imports
# Completion of \`imports\` and \`npx imports\` in zsh. Made by \`imports completion zsh\`.

${commands.map(functionOf).join('\n\n')}

_imports_npx() {
  if [[ $words[2] == imports ]] && (( CURRENT > 2 )); then
    shift words
    (( CURRENT-- ))
    _imports
  else
    _default
  fi
}

# Either zsh has loaded this as a file of fpath, or it is evaluated.
if [[ $funcstack[1] == _imports ]]; then
  _imports "$@"
else
  compdef _imports imports
  (( $+_comps[npx] )) || compdef _imports_npx npx
fi
`;
}

function functionOf(command: Completable): string {
  const specs = [...command.options.flatMap(optionSpecs), ...argumentSpecs(command)];
  const isParent = command.subcommands.length > 0;
  const call = ['  _arguments -S', ...(isParent ? ['-C'] : []), ...specs.map((spec) => `\\\n    ${quoted(spec)}`)];
  const below = isParent ? `\n${dispatchOf(command)}` : '';
  return `${nameOf(command.path)}() {\n${isParent ? LOCALS : ''}${call.join(' ')}${below}\n}`;
}

const LOCALS = '  local curcontext=$curcontext state line\n  local -a subcommands\n';

/** Words after a subcommand are completed by its own function. */
function dispatchOf({ path, subcommands }: Completable): string {
  const described = subcommands.map(
    ({ name, description }) => `      ${quoted(`${name}:${description.replaceAll('\\', '\\\\')}`)}`,
  );
  const cases = subcommands.map(({ name }) => `        ${name}) ${nameOf([...path, name])} ;;`);
  return `  case $state in
    subcommand)
      subcommands=(
${described.map((line) => `  ${line}`).join('\n')}
      )
      _describe command subcommands
      ;;
    rest)
      case $line[1] in
${cases.join('\n')}
      esac
      ;;
  esac`;
}

/** An option without a value is offered once. One with a value is offered again, since some may be repeated. */
function optionSpecs({ flags, description, value }: CompletableOption): string[] {
  const explained = `[${description.replaceAll(/[\\[\]]/g, '\\$&')}]`;
  return flags.map((flag) =>
    value === null ? `(${flags.join(' ')})${flag}${explained}` : `*${flag}=${explained}${actionOf(value)}`,
  );
}

function argumentSpecs({ subcommands, arguments: values }: Completable): string[] {
  if (subcommands.length > 0) return ['1: :->subcommand', '*:: :->rest'];
  return values.map((value, index) => `${value.isVariadic ? '*' : index + 1}${actionOf(value)}`);
}

function actionOf({ name, choices, isFile }: Value): string {
  const action = isFile ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' ';
  return `:${name.replaceAll(':', '\\:')}:${action}`;
}

function nameOf(path: readonly string[]): string {
  return ['_imports', ...path].join('_');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
