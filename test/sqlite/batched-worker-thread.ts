import type { ThreadProgram } from '../../src/machine/start-thread.ts';
import { serveBatches } from '../../src/sqlite/batched-worker.ts';

/** The thread of the tests of `BatchedWorker`: it does what each request says, and answers in which batch that was. */

export type Task =
  | { readonly do: 'answer' | 'fail' | 'die' }
  /** Holds the whole batch up until the counter shared with the test is 1. */
  | { readonly do: 'block' };

export interface Done {
  readonly batch: number;
  readonly size: number;
}

export const program: ThreadProgram<SharedArrayBuffer> = { url: import.meta.url, run };

export function run(buffer: SharedArrayBuffer): void {
  const gate = new Int32Array(buffer);
  let batch = 0;

  serveBatches<Task, Done>(
    (tasks) => {
      batch += 1;
      return tasks.map((task) => {
        if (task.do === 'die') throw new Error('told to die');
        if (task.do === 'block') Atomics.wait(gate, 0, 0);
        if (task.do === 'fail') return { failure: { code: 'told_to_fail', message: 'told to fail', detail: batch } };
        return { reply: { batch, size: tasks.length } };
      });
    },
    () => Atomics.store(gate, 1, 1),
  );
}
