// Accounts and sessions on the real servers, through two instances: whose a name is, what a token opens, and that an end is an end everywhere.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers-identity.ts';
import { Sessions } from '../../api/identity/sessions.ts';
import { ApiServer } from '../../api/server.ts';
import type { Config } from '../../infra/config.ts';
import { createKafka } from '../../infra/kafka.ts';
import type { Runner } from '../../processors/runtime/runner.ts';
import { AccountProducer } from '../../producers/accounts.ts';
import { expectShape } from '../documented-shape.ts';
import { RedisDoor } from '../redis-door.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json; readonly headers: Headers };

let world: World;
let runner: Runner;
let door: RedisDoor;
const apis: ApiServer[] = [];
let [one, two] = ['', ''];
const password = 'correct horse battery';

async function started(config: Config): Promise<string> {
  const api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  apis.push(api);
  return api.listen();
}

const configOf = (more: Partial<Config> = {}): Config => ({
  ...world.config,
  api: { ...world.config.api, host: '127.0.0.1', port: 0 },
  identity: { ...world.config.identity, isDemo: false, privateKey: key },
  // One name logs in dozens of times here; how often it may is limits.test.ts's matter.
  limits: { ...world.config.limits, isOn: false },
  ...more,
});
let key = '';

beforeAll(async () => {
  world = await World.make();
  key = (await import('../../infra/key-file.ts')).sharedKey('.stack/test-identity');
  runner = await world.run();
  door = await RedisDoor.to(world.config.redis.url);
  one = await started(configOf());
  two = await started(configOf({ redis: { url: door.url } }));
  for (const url of [one, two])
    await vi.waitFor(
      async () =>
        expect((await call(url, 'POST', '/api/auth/login', { username: 'nobody', password })).status).toBe(401),
      {
        timeout: 60_000,
      },
    );
}, 120_000);

afterAll(async () => {
  await Promise.all(apis.map((api) => api.close()));
  await door?.shut();
  await runner?.stop();
  await world?.drop();
});

async function call(url: string, method: string, path: string, body?: object, token?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {}, headers: response.headers };
}

const nameOf = () => `n${randomUUID().slice(0, 8)}`;
const registrationOf = (username: string) => ({
  ...{ username, password, birth_date: '1999-12-31', time_zone: 'Europe/Berlin' },
});
const register = (url: string, username = nameOf()) =>
  call(url, 'POST', '/api/auth/register', registrationOf(username));
const logIn = (url: string, username: unknown, given = password) =>
  call(url, 'POST', '/api/auth/login', { username, password: given });
const refresh = (url: string, token: unknown) => call(url, 'POST', '/api/auth/refresh', { refresh_token: token });
const me = (url: string, token: unknown) => call(url, 'GET', '/api/auth/me', undefined, token);

async function registered() {
  const { status, body } = await register(one);
  expect(status).toBe(201);
  expectShape(answers.registered, body);
  return body;
}

describe('an account', () => {
  it('is made, acts for itself on every instance, and ends for good', async () => {
    const { user_id: userId, access_token: token, username, refresh_token: refreshToken } = await registered();
    const like = { video_id: 'video-1', action: 'like' };
    const posted = await call(two, 'POST', '/api/events', like, token);
    expect(posted.status).toBe(202);
    await vi.waitFor(async () => {
      const seen = await call(one, 'GET', `/api/users/${userId}/history?token=${posted.body.token}`, undefined, token);
      expect(JSON.stringify(seen.body)).toContain('video-1');
      expect(JSON.stringify(seen.body)).toContain('registration');
    }, 20_000);
    const feed = await call(one, 'GET', `/api/grpc/feed?token=${posted.body.token}`, undefined, token);
    expect(feed.status).toBe(200);
    expect((await call(one, 'GET', '/api/grpc/feed?userId=other', undefined, token)).status).toBe(403);
    expect((await call(one, 'GET', `/api/grpc/feed?userId=${userId}`)).status).toBe(401);
    expect((await call(one, 'GET', '/api/products')).headers.get('demo-mode')).toBeNull();
    const wallet = await call(one, 'GET', `/api/wallets/${userId}`, undefined, token);
    expect(wallet.status).toBe(200);

    expect((await call(one, 'DELETE', `/api/users/${userId}`, undefined, token)).status).toBeLessThan(203);
    for (const url of [one, two]) {
      await vi.waitFor(async () => expect((await me(url, token)).body.reason).toBe('session_revoked'), 1_000);
      await vi.waitFor(async () => expect((await logIn(url, username)).status).toBe(401), 5_000);
      expect((await refresh(url, refreshToken)).body.reason).toBe('session_revoked');
    }
    // The name is free, the person is not back.
    const again = await register(two, String(username));
    expect(again.status).toBe(201);
    expect(again.body.user_id).not.toBe(userId);
  });

  it('is refused with what names the field', async () => {
    const wrong = async (more: object) => {
      const { body } = await call(one, 'POST', '/api/auth/register', { ...registrationOf(nameOf()), ...more });
      return `${body.reason} ${body.field}`;
    };
    const name = nameOf();
    const young = `${new Date().getUTCFullYear() - 12}-01-01`;
    expect(await wrong({ username: 'a b' })).toBe('invalid_field username');
    expect(await wrong({ password: 'too short' })).toBe('invalid_field password');
    expect(await wrong({ username: `${name}_long`, password: `${name}_LONG` })).toBe('invalid_field password');
    expect(await wrong({ birth_date: young })).toBe('under_age birth_date');
    expect(await wrong({ birth_date: '1999-02-30' })).toBe('invalid_field birth_date');
    expect(await wrong({ time_zone: 'Mars' })).toBe('invalid_field time_zone');
    expect(await wrong({ user_id: 'mine' })).toBe('unknown_field user_id');
    expect(await wrong({ roles: ['operator'] })).toBe('unknown_field roles');
  });

  it('of one name is made once, whoever asks at the same time, through whichever instance', async () => {
    for (let round = 0; round < 5; round++) {
      const username = nameOf();
      const asked = Array.from({ length: 6 }, (_, n) =>
        register(n % 2 ? one : two, n < 3 ? username : username.toUpperCase()),
      );
      const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
      expect(statuses).toEqual([201, 409, 409, 409, 409, 409]);
      for (const url of [one, two]) expect((await logIn(url, username)).status).toBe(200);
    }
  });

  it('whose process died between its first record and the answer can be logged into', async () => {
    const username = nameOf();
    const { passwordHash, producer } = await halfway();
    const account = { username, passwordHash, userId: randomUUID(), registrationId: randomUUID(), roles: ['user'] };
    const at = { createdAt: 0, passwordChangedAt: 0, claimedAt: null };
    await producer.append(`${username}/${account.userId}/${account.registrationId}`, { ...account, ...at });
    await vi.waitFor(async () => expect((await logIn(one, username)).body.user_id).toBe(account.userId), 5_000);
    expect((await register(two, username)).body.reason).toBe('username_taken');
    // One that lost and was never taken back: it does not count, not even after the owner has gone.
    const ghost = { ...account, userId: randomUUID(), registrationId: randomUUID() };
    await producer.append(`${username}/${ghost.userId}/${ghost.registrationId}`, { ...ghost, ...at });
    const { body } = await logIn(one, username);
    expect(body.user_id).toBe(account.userId);
    expect(
      (await call(one, 'DELETE', `/api/users/${account.userId}`, undefined, body.access_token)).status,
    ).toBeLessThan(203);
    await vi.waitFor(async () => expect((await logIn(two, username)).status).toBe(401), 5_000);
    expect((await logIn(one, username)).status).toBe(401);
    await producer.stop();
  });
});

async function halfway() {
  const { Passwords } = await import('../../api/identity/passwords.ts');
  const { namespace } = world.config;
  const kafka = createKafka(world.config, world.log, 'test');
  const producer = new AccountProducer({ kafka, registry: world.registry, namespace });
  await producer.start();
  return { producer, passwordHash: String(await new Passwords().hash(password)) };
}

describe('a session', () => {
  it('goes on by refresh tokens that work once each; one that comes again ends it everywhere', async () => {
    const { refresh_token: first } = await registered();
    const second = await refresh(two, first);
    expectShape(answers.tokens, second.body);
    const third = await refresh(one, second.body.refresh_token);
    expect((await me(two, third.body.access_token)).status).toBe(200);
    // What somebody made up ends nothing.
    const madeUp = `${String(first).split('.')[0]}.${'A'.repeat(64)}`;
    expect((await refresh(one, madeUp)).body.reason).toBe('invalid_token');
    expect((await me(two, third.body.access_token)).status).toBe(200);
    const reused = await refresh(two, first);
    expect([reused.status, reused.body.reason]).toEqual([401, 'session_revoked']);
    for (const url of [one, two])
      await vi.waitFor(
        async () => expect((await me(url, third.body.access_token)).body.reason).toBe('session_revoked'),
        1_000,
      );
    expect((await refresh(one, third.body.refresh_token)).body.reason).toBe('session_revoked');
  });

  it('goes on where the answer to a refresh was lost: the token may come again, for a while', async () => {
    const { refresh_token: token, user_id: userId } = await registered();
    const key = `${world.config.namespace}session:${String(token).split('.')[0]}`;
    const lost = await refresh(one, token);
    const again = await refresh(two, token);
    expectShape(answers.tokens, again.body);
    expect(again.body.refresh_token).not.toBe(lost.body.refresh_token);
    expect((await me(one, again.body.access_token)).body.user_id).toBe(userId);
    // The while begins with the first use, however often it comes again.
    await world.redis.hincrby(key, 'spent_at', -8_000);
    expect((await refresh(one, token)).status).toBe(200);
    await world.redis.hincrby(key, 'spent_at', -2_000);
    const late = await refresh(two, token);
    expect([late.status, late.body.reason]).toEqual([401, 'session_revoked']);
    expect((await refresh(one, again.body.refresh_token)).body.reason).toBe('session_revoked');
  });

  it('ends where a token comes again once the next one was used, and where one that was lost turns up', async () => {
    const { refresh_token: first } = await registered();
    const second = await refresh(one, first);
    await refresh(two, second.body.refresh_token);
    expect((await refresh(one, first)).body.reason).toBe('session_revoked');
    const { refresh_token: token } = await registered();
    const lost = await refresh(one, token);
    const again = await refresh(two, token);
    expect((await refresh(one, lost.body.refresh_token)).body.reason).toBe('session_revoked');
    expect((await refresh(one, again.body.refresh_token)).body.reason).toBe('session_revoked');
  });

  it('of two refreshes at once goes on with one', async () => {
    const { refresh_token: token } = await registered();
    const both = await Promise.all([refresh(one, token), refresh(two, token)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const next = await Promise.all(both.map(({ body }) => refresh(one, body.refresh_token)));
    expect(next.some(({ status }) => status === 401)).toBe(true);
  });

  it('is listed, and ended by its user alone, on the other instance within a second', async () => {
    const { access_token: token, username } = await registered();
    const other = (await logIn(two, username)).body;
    const { body } = await call(one, 'GET', '/api/auth/sessions', undefined, token);
    expectShape(answers.sessions, body);
    const sessions = body.sessions as { id: string; current: boolean; address: string }[];
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, true]);
    const id = sessions.find(({ current }) => !current)?.id;
    const stranger = (await registered()).access_token;
    expect((await call(one, 'DELETE', `/api/auth/sessions/${id}`, undefined, stranger)).status).toBe(404);
    expect((await me(two, other.access_token)).status).toBe(200);
    const endedAt = performance.now();
    expect((await call(one, 'DELETE', `/api/auth/sessions/${id}`, undefined, token)).status).toBe(200);
    await vi.waitFor(async () => expect((await me(two, other.access_token)).status).toBe(401), {
      timeout: 1_000,
      interval: 1,
    });
    process.stdout.write(
      `refused on another instance ${(performance.now() - endedAt).toFixed(0)} ms after it was asked\n`,
    );
    expect((await me(two, token)).status).toBe(200);
  });

  it('is ended by a log-out, by the access token or the refresh token', async () => {
    const { access_token: token, refresh_token: refreshToken, username } = await registered();
    expect((await call(one, 'POST', '/api/auth/logout', {}, token)).body).toEqual({ logged_out: true });
    expect((await me(one, token)).status).toBe(401);
    expect((await refresh(one, refreshToken)).status).toBe(401);
    const again = (await logIn(two, username)).body;
    await call(one, 'POST', '/api/auth/logout', { refresh_token: again.refresh_token });
    await vi.waitFor(async () => expect((await me(one, again.access_token)).status).toBe(401), 1_000);
    expect((await call(one, 'POST', '/api/auth/logout', {})).status).toBe(401);
  });

  it('ends with a change of the password, but for the one that changed it', async () => {
    const { access_token: token, username } = await registered();
    const other = (await logIn(two, username)).body.access_token;
    const change = (old: string, next: string) =>
      call(one, 'POST', '/api/auth/password', { old_password: old, new_password: next }, token);
    expect((await change('a wrong password', 'another password')).status).toBe(401);
    expect((await change(password, 'another password')).body).toMatchObject({ changed: true, sessions_ended: 1 });
    await vi.waitFor(async () => expect((await me(two, other)).status).toBe(401), 1_000);
    expect((await me(one, token)).status).toBe(200);
    await vi.waitFor(async () => expect((await logIn(two, username)).status).toBe(401), 5_000);
    expect((await logIn(two, username, 'another password')).status).toBe(200);
  });

  it('does not begin by an older password where its change is not known yet', async () => {
    const sessions = new Sessions(world.redis, world.config.namespace);
    const [userId, client] = [randomUUID(), { address: '', userAgent: '' }];
    expect(await sessions.begin(userId, client, 1_000)).not.toBeNull();
    expect(await sessions.endAll(userId, '', 2_000)).toBe(1);
    expect(await sessions.begin(userId, client, 1_000)).toBeNull();
    expect(await sessions.begin(userId, client, 2_000)).not.toBeNull();
    // Ended for another reason: the password is still the newest.
    expect(await sessions.endAll(userId)).toBe(1);
    expect(await sessions.begin(userId, client, 1_999)).toBeNull();
    expect(await sessions.begin(userId, client, 2_000)).not.toBeNull();
  });

  it('is the oldest’s turn to end beyond 50', async () => {
    const { access_token: first, username } = await registered();
    for (let n = 0; n < 49; n++) expect((await logIn(one, username)).status).toBe(200);
    expect((await me(one, first)).status).toBe(200);
    const last = (await logIn(one, username)).body.access_token;
    await vi.waitFor(async () => expect((await me(one, first)).status).toBe(401), 1_000);
    expect(((await call(one, 'GET', '/api/auth/sessions', undefined, last)).body.sessions as unknown[]).length).toBe(
      50,
    );
  }, 60_000);
});

describe('a role', () => {
  it('counts from the next refresh on, and ends the sessions when it is taken away', async () => {
    const operator = await registered();
    const { user_id: userId, access_token: token, refresh_token: refreshToken, username } = await registered();
    const roles = (roles: string[], by: unknown) => call(one, 'PUT', `/api/accounts/${userId}/roles`, { roles }, by);
    expect((await roles(['operator'], token)).status).toBe(403);
    await granted(String(operator.username), 'operator');
    const byOperator = (await refresh(one, operator.refresh_token)).body.access_token;
    expectShape(answers.rolesSet, (await roles(['analyst'], byOperator)).body);
    expect((await call(one, 'GET', '/api/experiments', undefined, token)).status).toBe(403);
    const analyst = (await refresh(one, refreshToken)).body.access_token;
    expect((await call(two, 'GET', '/api/experiments', undefined, analyst)).status).toBe(200);
    expect((await roles([], byOperator)).body).toMatchObject({ roles: ['user'], sessions_ended: 1 });
    await vi.waitFor(async () => expect((await me(two, analyst)).status).toBe(401), 1_000);
    expect((await logIn(one, username)).body.roles).toEqual(['user']);
  }, 60_000);
});

/** By the command, as an operator's first role is granted. */
async function granted(username: string, role: string): Promise<void> {
  const { config } = world;
  const env = {
    ...process.env,
    ...{ NAMESPACE: config.namespace, CASSANDRA_KEYSPACE: config.cassandra.keyspace, REDIS_URL: config.redis.url },
    ...{ KAFKA_BROKERS: config.kafka.brokers.join(','), SCHEMA_REGISTRY_URL: config.registry.url },
  };
  const command = ['--import', 'tsx', 'operations/accounts/main.ts', 'grant', '--user', username, '--role', role];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = await textOf(child);
  expect(said).toContain(role);
}

async function textOf(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => lines.push(line));
  await new Promise((resolve) => child.once('close', resolve));
  return lines.join('\n');
}

describe('while Redis is away', () => {
  it('nobody logs in, tokens go on, and what ended meanwhile is known a moment after', async () => {
    const { access_token: token, username, refresh_token: refreshToken } = await registered();
    const other = (await logIn(two, username)).body.access_token;
    expect((await me(two, token)).status).toBe(200);
    await door.shut();
    try {
      expect((await logIn(two, username)).status).toBe(503);
      expect((await refresh(two, refreshToken)).status).toBe(503);
      expect((await me(two, token)).status).toBe(200);
      await call(one, 'POST', '/api/auth/logout', {}, other);
      expect((await me(one, other)).status).toBe(401);
    } finally {
      await door.open();
    }
    await vi.waitFor(async () => expect((await me(two, other)).status).toBe(401), 10_000);
    expect((await me(two, token)).status).toBe(200);
  }, 30_000);
});
