import type { FakeFile } from './files.ts';

type Fields = FakeFile['fields'];

/** An error of the API. */
export interface ApiError {
  readonly status: number;
  readonly errorCode: string;
  readonly message: string;
}

const QUERY = /^SELECT (\w+(?:,\w+)*) FROM (\w+)(?: WHERE (.+?))?(?: LIMIT (\d+))?$/;
const CONDITION = /^(\w+)=(?:'([a-zA-Z0-9]{15}|[a-zA-Z0-9]{18})'|(true))$/;

/** Answers a query over some records, in the little of SOQL that the service uses; anything else is an error. */
export function answerTo(soql: string, records: (type: string) => readonly Fields[] | null): Fields[] | ApiError {
  const [, select = '', type = '', where, limit] = QUERY.exec(soql) ?? [];
  const all = records(type);
  if (type === '') return { status: 400, errorCode: 'MALFORMED_QUERY', message: `unexpected token: ${soql}` };
  if (all === null) {
    return { status: 400, errorCode: 'INVALID_TYPE', message: `sObject type '${type}' is not supported.` };
  }
  const conditions = (where?.split(' AND ') ?? []).map((condition) => CONDITION.exec(condition));
  if (conditions.includes(null)) return { status: 400, errorCode: 'MALFORMED_QUERY', message: `unexpected: ${where}` };
  const names = select.split(',');
  const found = all.filter((fields) =>
    conditions.every((condition) => {
      const [, name = '', text, flag] = condition as RegExpExecArray;
      return flag === undefined ? isSameId(fields[name], text) : fields[name] === true;
    }),
  );
  const unknown = all.length > 0 && names.find((name) => !Object.hasOwn(all[0] as Fields, name));
  if (unknown) return { status: 400, errorCode: 'INVALID_FIELD', message: `No such column '${unknown}'` };
  return found
    .slice(0, Number(limit ?? found.length))
    .map((fields) => Object.fromEntries(names.map((name) => [name, fields[name] ?? null])));
}

function isSameId(field: unknown, text = ''): boolean {
  return typeof field === 'string' && field.slice(0, 15) === text.slice(0, 15);
}
