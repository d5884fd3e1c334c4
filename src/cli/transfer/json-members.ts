/** The members of a JSON object as the text they are: nothing is parsed and written again, so nothing is rounded or reordered. */

export interface Member {
  /** Without its quotes; an escape in it stays one. */
  readonly name: string;
  /** The JSON text of the value, byte for byte. */
  readonly text: string;
}

/** @param json the text of an object, known to be JSON: `JSON.parse` has taken it */
export function membersOf(json: string): Member[] {
  const members: Member[] = [];
  let at = afterSpace(json, json.indexOf('{') + 1);
  while (json[at] !== '}') {
    const nameEnd = endOfString(json, at);
    const start = afterSpace(json, json.indexOf(':', nameEnd) + 1);
    const end = endOfValue(json, start);
    members.push({ name: json.slice(at + 1, nameEnd - 1), text: json.slice(start, end) });
    at = afterSpace(json, end);
    if (json[at] === ',') at = afterSpace(json, at + 1);
  }
  return members;
}

function afterSpace(json: string, from: number): number {
  return indexOf(/[^\t\n\r ]/g, json, from);
}

function endOfValue(json: string, start: number): number {
  if (json[start] === '"') return endOfString(json, start);
  if (json[start] !== '{' && json[start] !== '[') return indexOf(/[,}\]\t\n\r ]/g, json, start);
  let depth = 0;
  let at = start;
  do {
    const found = indexOf(/["{}[\]]/g, json, at);
    const character = json[found];
    if (character === '"') {
      at = endOfString(json, found);
    } else {
      depth += character === '{' || character === '[' ? 1 : -1;
      at = found + 1;
    }
  } while (depth > 0);
  return at;
}

/** A quote ends the string unless an odd number of backslashes stands before it. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); ; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

/** @throws {Error} where it is not found: the text was not JSON */
function indexOf(pattern: RegExp, json: string, from: number): number {
  pattern.lastIndex = from;
  const found = pattern.exec(json);
  if (found === null) throw new Error('the text is not JSON');
  return found.index;
}
