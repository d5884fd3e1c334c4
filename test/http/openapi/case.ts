import type { DescribedService } from './described-service.ts';

/** A real answer and its place in the description. */
export interface Case {
  id: string;
  status: number;
  when: string;
  /** The last part of the problem's type. */
  problem?: string;
  /** Headers that are described as optional and are on this answer. */
  has?: string[];
  ask(service: DescribedService): Promise<Response>;
}

export function problem(id: string, status: number, code: string, when: string, ask: Case['ask']): Case {
  return { id, status, when, problem: code, ask };
}

export function success(id: string, when: string, ask: Case['ask'], has?: string[], status = 200): Case {
  return { id, status, when, has, ask };
}
