import type { ServerResponse } from 'node:http';
import type { ApiError } from './soql.ts';

/** Sends an answer. */
export type Answer = (response: ServerResponse) => unknown;

export function json(status: number, body: unknown): Answer {
  return (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8' }).end(JSON.stringify(body));
}

/** An error of the API. */
export function error({ status, errorCode, message }: ApiError): Answer {
  return json(status, [{ message, errorCode }]);
}

/** What its load balancers send, and download handlers. */
export function page(status: number): Answer {
  const html = '<!DOCTYPE html><title>Salesforce</title><h1>We are down for maintenance.</h1>';
  return (response) => response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' }).end(html);
}

export function redirect(location: string): Answer {
  return (response) => response.writeHead(302, { Location: location }).end();
}

/** @param sent how many of the bytes are sent; all unless set @param then what happens after them */
export function download(bytes: Buffer, sent = bytes.length, then: Answer = (response) => response.end()): Answer {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/octetstream', 'Content-Length': bytes.length });
    response.write(bytes.subarray(0, sent), () => then(response));
  };
}
