import { MAX_DEPTH, type ParameterBudget, tooDeep } from './parameter-budget.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Checks the depth of JSON and counts its members and elements before it is parsed: a parser would build them all, and recursion
 * over them could overflow the stack. Text that is not JSON passes here; the parser refuses it.
 * @throws {BadParameters} `parameters_too_deep`, `too_many_parameters`.
 */
export function checkJsonLimits(json: Buffer, budget: ParameterBudget): void {
  let depth = 0;
  // True right after an opening bracket: unless the closing bracket follows, an element does.
  let isOpening = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] as number;
    if (byte <= 0x20) continue;
    const isClosing = byte === 0x5d || byte === 0x7d;
    if (byte === COMMA || (isOpening && !isClosing)) budget.takeOne();
    isOpening = byte === 0x5b || byte === 0x7b;
    if (isOpening && ++depth > MAX_DEPTH) throw tooDeep();
    if (isClosing) depth--;
    if (byte === QUOTE) i = endOfString(json, i + 1);
  }
}

function endOfString(json: Buffer, start: number): number {
  let i = start;
  while (i < json.length && json[i] !== QUOTE) i += json[i] === BACKSLASH ? 2 : 1;
  return i;
}
