import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { parse, type Token, tokTypes } from 'acorn';

/** acorn's types lack the values of its tokens. */
type ValuedToken = Token & { readonly value?: unknown };

/** A regular expression in a source text. */
interface FoundExpression {
  /** `src/settings/config.ts:53` */
  readonly place: string;
  readonly pattern: string;
  readonly flags: string;
}

/** Every regular expression literal in the files below a folder, as a parser finds them. */
export function expressionsBelow(folder: string): FoundExpression[] {
  return globSync(`${folder}/**/*.{ts,js}`)
    .sort()
    .flatMap((file) => expressionsIn(readFileSync(file, 'utf8'), file));
}

/** Every regular expression literal in a text of TypeScript. */
export function expressionsIn(source: string, file: string): FoundExpression[] {
  const found: FoundExpression[] = [];
  // Types are blanked, so all else stays at its line.
  const code = stripTypeScriptTypes(source);
  const onToken = ({ type, value, loc }: ValuedToken) => {
    if (type !== tokTypes.regexp) return;
    const { pattern, flags } = value as Pick<FoundExpression, 'pattern' | 'flags'>;
    found.push({ place: `${file}:${loc?.start.line}`, pattern, flags });
  };
  parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, onToken });
  return found;
}

/** Whether a text of TypeScript makes an expression from a text, so that it is unknown which. */
export function makesExpressions(source: string): boolean {
  let previous = '';
  let isMade = false;
  parse(stripTypeScriptTypes(source), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    onToken: ({ type, value }: ValuedToken) => {
      isMade ||= type === tokTypes.parenL && previous === 'RegExp';
      previous = type === tokTypes.name ? String(value) : '';
    },
  });
  return isMade;
}
