import type { Completable, CompletableOption, Value } from './completable.ts';

/** The script that makes bash (3.2 or later) complete `imports`, and `npx imports` if nothing else completes `npx`. */
export function bashScript(commands: readonly Completable[]): string {
  const places = commands.flatMap(placesOf);
  return `# Completion of \`imports\` and \`npx imports\` in bash. Made by \`imports completion bash\`.

_imports() {
  local word=\${COMP_WORDS[COMP_CWORD]} command= option= words= files= reply i=1 IFS=$' \\t\\n'
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]##*/} == npx ]]; then
    [[ \${COMP_WORDS[1]} == imports && $COMP_CWORD -gt 1 ]] || return 0
    i=2
  fi
  # Readline's own completion of file names is for files alone.
  compopt +o default 2>/dev/null

  # Which command it is, and which option waits for its value. For bash, each "=" is a word.
  for (( ; i < COMP_CWORD; i++ )); do
    [[ \${COMP_WORDS[i]} == = ]] && continue
    if [[ -n $option ]]; then option=; continue; fi
    case "$command \${COMP_WORDS[i]}" in
${commands.flatMap(stepsOf).join('\n')}
    esac
  done
  [[ $word == = ]] && word=

  if [[ -z $option && $word == -* ]]; then
    case $command in
${commands.flatMap(dashedOf).join('\n')}
    esac
  else
    case "$command $option" in
${places.join('\n')}
    esac
  fi

  if [[ -n $files ]]; then
    compopt -o default -o filenames 2>/dev/null
    while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}

complete -o default -F _imports imports
complete -p npx &>/dev/null || complete -o default -F _imports npx
`;
}

/** For each word: the subcommand that it enters, or the option whose value follows. */
function stepsOf(command: Completable): string[] {
  const at = nameOf(command);
  const steps = command.subcommands.map(({ name }) => {
    const entered = [...command.path, name].join(' ');
    return `      ${quoted(`${at} ${name}`)}) command=${quoted(entered)} ;;`;
  });
  const taking = flagsOf(command, ({ value }) => value !== null).map((flag) => quoted(`${at} ${flag}`));
  if (taking.length > 0) steps.push(`      ${taking.join('|')}) option=\${COMP_WORDS[i]} ;;`);
  return steps;
}

/** The options, for a word that begins with a dash. */
function dashedOf(command: Completable): string[] {
  const flags = flagsOf(command);
  return flags.length > 0 ? [`      ${quoted(nameOf(command))}) ${wordsOf(flags)} ;;`] : [];
}

/** The values of each place of the command that does not take any text. */
function placesOf(command: Completable): string[] {
  const at = nameOf(command);
  const names = command.subcommands.map(({ name }) => name);
  // If nothing else is known, the options are offered without a dash too.
  const [first = null] = command.arguments;
  const known = names.length > 0 ? wordsOf(names) : first === null ? null : repliesOf(first);
  const here = `      ${quoted(`${at} `)}) ${known ?? wordsOf(flagsOf(command))} ;;`;
  const values = command.options.flatMap(({ flags, value }) => {
    const replies = value === null ? null : repliesOf(value);
    const places = flags.map((flag) => quoted(`${at} ${flag}`)).join('|');
    return replies === null ? [] : [`      ${places}) ${replies} ;;`];
  });
  return [here, ...values];
}

/** Null: it may be anything. */
function repliesOf({ choices, isFile }: Value): string | null {
  if (isFile) return 'files=yes';
  return choices.length > 0 ? wordsOf(choices) : null;
}

function wordsOf(words: readonly string[]): string {
  return `words=${quoted(words.join(' '))}`;
}

function flagsOf({ options }: Completable, isWanted: (option: CompletableOption) => boolean = () => true): string[] {
  return options.filter(isWanted).flatMap(({ flags }) => flags);
}

function nameOf({ path }: Completable): string {
  return path.join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
