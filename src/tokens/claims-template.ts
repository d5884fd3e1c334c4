/** Makes the claims as compact JSON text, with these `exp` and `iat` in their places. */
export type ClaimsTemplate = (times: { readonly exp: number; readonly iat: number }) => string;

const RENEWED = ['exp', 'iat'] as const;

/** The parts of JSON without white space: texts, brackets and marks, other values. It takes linear time even for a text without an end. */
const PARTS = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * A template to renew a token's claims. Everything stays as sent and in the same order, also names (`10`, `__proto__`) and numbers that
 * JavaScript would change. `exp` and `iat` stay in their places; if the token has none, they come first.
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
