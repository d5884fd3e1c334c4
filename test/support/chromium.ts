import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** Whether there is a Chromium to try. */
export const hasChromium = spawnSync('chromium', ['--version']).status === 0;

/** A page in a real browser. */
export interface BrowserPage {
  /** Runs a script in the page; gives what its promise is kept with. */
  run<T>(script: string): Promise<T>;
  close(): Promise<void>;
}

/** Starts Chromium without a window, and opens a page. It is told what to do by its DevTools protocol. */
export async function openPage(url: string): Promise<BrowserPage> {
  const directory = temporaryDirectory();
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const own = [`--user-data-dir=${directory.path}`, '--remote-debugging-port=0'];
  const browser = spawn('chromium', [...flags, ...own, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const close = async () => {
    end(browser);
    await once(browser, 'close');
    directory.remove();
  };
  try {
    const socket = new WebSocket(await devToolsOf(browser));
    await once(socket, 'open');
    const call = caller(socket);
    const { targetId } = await call('Target.createTarget', { url });
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
    const run = async <T>(script: string) => {
      const parameters = { expression: script, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await call('Runtime.evaluate', parameters, sessionId as string);
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    };
    await until(
      'the page is there',
      async () => (await run('document.readyState + location.href')) === `complete${url}`,
    );
    return {
      run,
      async close() {
        socket.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Ends the browser with its own processes, which are a group. */
function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

async function devToolsOf({ stderr }: ChildProcess): Promise<string> {
  let said = '';
  stderr?.on('data', (chunk) => {
    said += chunk;
  });
  return until('the browser listens', () => /DevTools listening on (\S+)/.exec(said)?.[1], 30_000);
}

type Members = { readonly [name: string]: unknown };

function caller(socket: WebSocket) {
  const waiting = new Map<number, (answer: { result: Members; error?: Members }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { id: number; result: Members };
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  return async (method: string, params: Members, sessionId?: string): Promise<Members> => {
    last += 1;
    const id = last;
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await new Promise<{ result: Members; error?: Members }>((resolve) => {
      waiting.set(id, resolve);
    });
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
}
