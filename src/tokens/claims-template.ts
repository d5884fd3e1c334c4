/** The claims as compact JSON text, with an `exp` and an `iat` in their places. */
export type ClaimsTemplate = (times: { readonly exp: number; readonly iat: number }) => string;

const RENEWED = ['exp', 'iat'] as const;

/** The parts of JSON: texts, brackets and marks, other values; white space is left out. A text that does not end is not looked for again and again. */
const PARTS = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * What a token's claims are minted anew from: all as it was sent and in the same order, whatever JavaScript would make of a name (`10`,
 * `__proto__`) or number; `exp` and `iat` where they were, and first where they were not.
 * @param json an object that has a member
 */
export function claimsTemplate(json: string): ClaimsTemplate {
  const pieces: string[] = [];
  const gaps: ('exp' | 'iat')[] = [];
  let piece = '';
  let before = '';
  let depth = 0;
  let isLeftOut = false;
  for (const [part] of json.matchAll(PARTS)) {
    if (part === '}' || part === ']') depth -= 1;
    if (depth === 0 || (depth === 1 && part === ',')) isLeftOut = false;
    if (!isLeftOut) piece += part;
    if (part === '{' || part === '[') depth += 1;
    const name = depth === 1 && part === ':' ? JSON.parse(before) : null;
    if (name === 'exp' || name === 'iat') {
      pieces.push(piece);
      gaps.push(name);
      piece = '';
      isLeftOut = true;
    }
    before = part;
  }
  const missing = RENEWED.filter((name) => !gaps.includes(name));
  const [first = '', ...others] = [...pieces, piece];
  return (times) => {
    const added = missing.map((name) => `"${name}":${times[name]},`).join('');
    const kept = others.map((piece, index) => `${times[gaps[index] as 'exp' | 'iat']}${piece}`).join('');
    return `{${added}${first.slice(1)}${kept}`;
  };
}
