import { whileInstead } from './while-instead.ts';

/** Does something while `NODE_TLS_REJECT_UNAUTHORIZED` tells Node to believe every certificate. Node's warning is left out. */
export async function withoutCheck<T>(work: () => Promise<T>): Promise<T> {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    return await whileInstead(process, { emitWarning: () => {} }, work);
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
}
