import type { Answer } from './answer.ts';
import { escapeForHtml } from './escape-for-html.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** An answer of JSON, escaped as Rails does; `further` are the headers of this answer alone. */
export async function jsonAnswer(json: string, further: Answer['further'] = [], status = 200): Promise<Answer> {
  return { status, contentType: JSON_TYPE, body: await escapeForHtml(json), further };
}
