import { jsonObject } from '../history/json-text.ts';
import { printableJson } from './printable.ts';

/** A JSON object of members that are JSON text, as a line that is safe at a terminal. */
export function jsonLine(members: { readonly [name: string]: string }): string {
  return `${printableJson(jsonObject(members))}\n`;
}
