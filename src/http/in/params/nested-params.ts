import type { Params } from '../../../events/import-events.ts';
import { BadParameters, quoteName } from './bad-parameters.ts';
import { MAX_DEPTH, type ParameterBudget, tooDeep } from './parameter-budget.ts';
import { NotUtf8, notUtf8 } from './utf8.ts';

type Leaf = string | NotUtf8 | null;
type Node = Leaf | Node[] | Branch;
/** Without a prototype, so that `__proto__` and `constructor` are names like any other. */
type Branch = { [name: string]: Node };

/** Builds nested parameters from pairs such as `a[b][]` = `1`, by the rules of Rack 2.2 (not those of `qs`). */
export class NestedParams {
  readonly #root: Branch = Object.create(null);
  readonly #budget: ParameterBudget;
  #isTidy = true;

  constructor(budget: ParameterBudget) {
    this.#budget = budget;
  }

  /**
   * Adds a pair; a value of null is a name without `=`.
   * @throws {BadParameters} `conflicting_parameters`, `parameters_too_deep`, `too_many_parameters`.
   */
  add(name: string, value: Leaf): void {
    if (typeof value !== 'string') this.#isTidy = false;
    this.#put(this.#root, name, 0, value, MAX_DEPTH);
  }

  /**
   * The parameters: no null in a list, as in Rails, and every text valid.
   * @throws {BadParameters} `not_utf8`.
   */
  finish(): Params {
    if (!this.#isTidy) tidy(this.#root);
    return this.#root;
  }

  /** Puts the value at the place that `name`, read from `start`, says; returns the value that replaces `branch` in its parent. */
  #put(branch: Branch, name: string, start: number, value: Leaf, depth: number): Branch | [Leaf] | null {
    if (depth === 0) throw tooDeep();
    let keyStart = start;
    while (isBracket(name, keyStart)) keyStart++;
    let rest = keyStart;
    while (rest < name.length && !isBracket(name, rest)) rest++;
    if (keyStart === rest) return this.#keyless(name, start, value);

    const key = name.slice(keyStart, rest);
    while (name[rest] === ']') rest++;
    const left = name.length - rest;
    if (left === 0) {
      branch[key] = value;
    } else if (left === 1 && name[rest] === '[') {
      branch[name.slice(start)] = value;
    } else if (name.startsWith('[]', rest)) {
      const list = this.#listAt(branch, key);
      if (left === 2) list.push(value);
      else this.#putIntoList(list, name, rest + 2, value, depth - 1);
    } else {
      branch[key] = this.#put(this.#branchAt(branch, key), name, rest, value, depth - 1);
    }
    return branch;
  }

  /** `a[][b]`: into the list's last element if that lacks the name, else into a new one. */
  #putIntoList(list: Node[], name: string, start: number, value: Leaf, depth: number): void {
    const last = list.at(-1);
    if (isBranch(last) && !holds(last, name, start)) this.#put(last, name, start, value, depth);
    else list.push(this.#put(this.#newBranch(), name, start, value, depth));
  }

  /** Only brackets are left of the name: `a[][]=1` is a list in a list; any other name gets null. */
  #keyless(name: string, start: number, value: Leaf): [Leaf] | null {
    if (value !== null && name.length - start === 2 && name.startsWith('[]', start)) return [value];
    this.#isTidy = false;
    return null;
  }

  /** The list under a key; a new one if there is nothing yet. `a` without `=` counts as nothing. */
  #listAt(branch: Branch, key: string): Node[] {
    const node = branch[key] ?? null;
    if (Array.isArray(node)) return node;
    if (node !== null) throw conflict(key);
    this.#budget.takeContainer();
    const list: Node[] = [];
    branch[key] = list;
    return list;
  }

  #branchAt(branch: Branch, key: string): Branch {
    const node = branch[key] ?? null;
    if (isBranch(node)) return node;
    if (node !== null) throw conflict(key);
    const made = this.#newBranch();
    branch[key] = made;
    return made;
  }

  #newBranch(): Branch {
    this.#budget.takeContainer();
    return Object.create(null);
  }
}

function isBracket(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 0x5b || code === 0x5d;
}

function isBranch(node: Node | undefined): node is Branch {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof NotUtf8);
}

/** Whether a list's element already has the member that the rest of a name says. */
function holds(element: Branch, name: string, start: number): boolean {
  if (name.includes('[]', start)) return false;
  let node: Node | undefined = element;
  for (const key of name.slice(start).split(/[[\]]+/)) {
    if (key === '') continue;
    if (!isBranch(node) || !(key in node)) return false;
    node = node[key];
  }
  return true;
}

function tidy(node: Node): Node {
  if (node instanceof NotUtf8) throw notUtf8(node.name);
  if (Array.isArray(node)) return node.map(tidy).filter((element) => element !== null);
  if (isBranch(node)) for (const key of Object.keys(node)) node[key] = tidy(node[key] as Node);
  return node;
}

function conflict(key: string): BadParameters {
  return new BadParameters(
    'conflicting_parameters',
    `Parameter ${quoteName(key)} has conflicting shapes, such as "a=1" with "a[b]=2": send it in one shape.`,
  );
}
