// The pages' session in the browser, over a server made up here: a refresh that got no answer is asked for again, and an end leads to the log-in.
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const script = readFileSync(new URL('../../api/page/session.js', import.meta.url), 'utf8');
const origin = 'http://here';
type Answers = (path: string) => Response;
type Page = {
  readonly fetch: (path: string) => Promise<Response>;
  readonly accessToken: (isRefused?: boolean) => Promise<string | null>;
};

const json = (status: number, body: object, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const tokens = (n: number) => ({
  ...{ access_token: `access-${n}`, refresh_token: `refresh-${n}`, user_id: 'ana', expires_in: 600 },
});
const ended = (headers = {}) => json(401, { reason: 'session_revoked' }, headers);

/** @param until when the access token that is kept expires */
function opened(answers: Answers, { pathname = '/wallet', until = Date.now() + 600_000 } = {}) {
  const kept = new Map([['session', JSON.stringify({ ...tokens(1), username: 'ana', until })]]);
  const asked: string[] = [];
  const assign = vi.fn();
  const page = {
    ...{ URL, URLSearchParams, Date, JSON, Promise, setTimeout },
    location: { href: `${origin}${pathname}`, origin, pathname, assign },
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    },
    fetch: async (path: string) => {
      asked.push(path);
      return answers(path);
    },
  };
  const window = runInNewContext(`${script};window`, Object.assign(page, { window: page })) as Page;
  return { window, asked, assign, isSignedIn: () => kept.has('session') };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('is ended by the first answer that says so, and leads to the log-in and back', async () => {
  const { window, assign, isSignedIn } = opened(() => ended());
  expect((await window.fetch('/api/wallets/ana')).status).toBe(401);
  expect([isSignedIn(), assign.mock.calls]).toEqual([false, [['/account?back=%2Fwallet']]]);
});

it.each([
  ['in demo mode, where no account is needed', '/wallet', { 'demo-mode': 'on' }],
  ['at the log-in itself', '/account', {}],
])('is forgotten %s, and leads nowhere', async (_where, pathname, headers) => {
  const { window, assign, isSignedIn } = opened(() => ended(headers), { pathname });
  await window.fetch('/api/auth/sessions');
  expect([isSignedIn(), assign.mock.calls]).toEqual([false, []]);
});

it('is asked about where a socket was refused', async () => {
  const { window, asked, assign } = opened(() => ended());
  expect(await window.accessToken()).toBe('access-1');
  expect(await window.accessToken(true)).toBeNull();
  expect([asked, assign.mock.calls.length]).toEqual([['/api/auth/me'], 1]);
});

it('goes on where the answer to a refresh was lost: it is asked for again within the leeway', async () => {
  let lost = 2;
  const answers = () => {
    if (lost-- > 0) throw new TypeError('the network is away');
    return json(200, tokens(2));
  };
  const { window, asked, isSignedIn } = opened(answers, { until: Date.now() });
  const token = window.accessToken();
  await vi.advanceTimersByTimeAsync(9_000);
  expect([await token, asked.length, isSignedIn()]).toEqual(['access-2', 3, true]);
});

it('is kept where refreshing fails for good', async () => {
  const { window, isSignedIn } = opened(() => json(503, {}), { until: Date.now() });
  const token = window.accessToken();
  await vi.advanceTimersByTimeAsync(9_000);
  expect([await token, isSignedIn()]).toEqual(['access-1', true]);
});
