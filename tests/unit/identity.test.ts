// Who calls: what tokens are accepted, who may scrape, when the API refuses to start, how many passwords are checked at once.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { anyone, anyUser, operatorOrScraper, permitted, scraperCaller, type User } from '../../api/access.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { type GrpcService, grpcServices } from '../../api/grpc/services.ts';
import { AccessTokens, accessTokenS, audience, issuer } from '../../api/identity/access-tokens.ts';
import { identityOf } from '../../api/identity/identity.ts';
import { Passwords } from '../../api/identity/passwords.ts';
import { algorithm, privatePemOf, type SigningKeys, signingKeysOf } from '../../api/identity/signing-keys.ts';
import { Metrics } from '../../api/metrics.ts';
import { lateServices } from '../../api/ports.ts';
import { Refusal } from '../../api/problems.ts';
import { readConfig } from '../../infra/config.ts';
import { sharedKey } from '../../infra/key-file.ts';
import { GrpcClient } from '../grpc-client.ts';
import { startApi } from './api-server.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = ({ privateKey }: ReturnType<typeof pair>) => String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const publicPemOf = ({ publicKey }: ReturnType<typeof pair>) =>
  String(publicKey.export({ type: 'spki', format: 'pem' }));
const configOf = (env: NodeJS.ProcessEnv) => readConfig(env).identity;
const user: User = { kind: 'user', userId: 'ann', sessionId: 'session-1', roles: ['user'] };
const reasonOf = (answer: unknown) => (answer instanceof Refusal ? answer.reason : answer);

let now = Date.UTC(2026, 10, 1);
let keys: SigningKeys;
let tokens: AccessTokens;
const own = pair();
const revoked = new Set<string>();
const erased = new Set<string>();

beforeAll(async () => {
  keys = await signingKeysOf(configOf({ HOST: '0.0.0.0', AUTH_PRIVATE_KEY: pemOf(own) }));
  tokens = new AccessTokens(keys, () => now);
});

const identity = (isDemo = false) =>
  identityOf({
    ...{ isDemo, metricsToken: 'scrape-me', tokens: () => tokens },
    revocations: { has: (id) => revoked.has(id), onRevoked: () => () => undefined },
    isErased: (id) => erased.has(id),
  });
const callerOf = async (token: string) => identity().callerOf({ authorization: `Bearer ${token}` });

describe('an access token', () => {
  it('names its bearer, the second time without a promise', async () => {
    const token = await tokens.sign(user);
    expect(await callerOf(token)).toEqual(user);
    expect(identity().callerOf({ authorization: `Bearer ${token}` })).toEqual(user);
  });

  it('expires, from memory too', async () => {
    const token = await tokens.sign(user);
    expect(await callerOf(token)).toEqual(user);
    now += accessTokenS * 1_000;
    expect(reasonOf(await callerOf(token))).toBe('token_expired');
    expect(reasonOf(await callerOf(token))).toBe('token_expired');
  });

  it('is void once its session has ended, or its user is deleted', async () => {
    const token = await tokens.sign(user);
    expect(await callerOf(token)).toEqual(user);
    revoked.add(user.sessionId);
    expect(reasonOf(await callerOf(token))).toBe('session_revoked');
    revoked.clear();
    erased.add(user.userId);
    expect(reasonOf(await callerOf(token))).toBe('session_revoked');
    erased.clear();
  });

  type Forged = { alg?: string; key?: unknown; kid?: string; iss?: string; aud?: string; typ?: string; sub?: string };
  const forged = async ({ alg, key, kid, iss, aud, typ, sub }: Forged) => {
    const jwt = new SignJWT({ sid: 'session-1', roles: ['operator'] })
      .setProtectedHeader({ alg: alg ?? algorithm, typ: typ ?? 'at+jwt', kid: kid ?? keys.signing.id })
      .setIssuer(iss ?? issuer)
      .setAudience(aud ?? audience)
      .setSubject(sub ?? 'ann')
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(Math.floor(now / 1_000) + 60)
      .setJti('1');
    return jwt.sign((key ?? keys.signing.key) as never);
  };

  it.each<readonly [string, () => Forged]>([
    ['by another key', () => ({ key: pair().privateKey })],
    ['by another key under its own id', () => ({ key: pair().privateKey, kid: 'other' })],
    ['by the public key as a shared secret', () => ({ alg: 'HS256', key: Buffer.from(publicPemOf(own)) })],
    ['for somebody else to read', () => ({ aud: 'other' })],
    ['by another issuer', () => ({ iss: 'other' })],
    ['of another type', () => ({ typ: 'JWT' })],
    ['for what is no id', () => ({ sub: 'a b' })],
  ])('that was made %s is refused', async (_name, how) => {
    expect(await callerOf(await forged({}))).toMatchObject({ userId: 'ann' });
    expect(reasonOf(await callerOf(await forged(how())))).toBe('invalid_token');
  });

  it('without a signature, or of another shape, is refused', async () => {
    const [header, payload] = (await tokens.sign(user)).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    for (const token of [`${none}.${payload}.`, `${header}.${payload}.`, 'x', 'a.b.c', 'x'.repeat(10_000)])
      expect(reasonOf(await callerOf(token))).toBe('invalid_token');
    for (const authorization of ['', 'Basic abc', 'Bearer', 'Bearer a b'])
      expect(reasonOf(await identity(true).callerOf({ authorization }))).toBe('invalid_token');
  });

  it('signed by the key before still holds after a change of keys', async () => {
    const token = await tokens.sign(user);
    const env = { HOST: '0.0.0.0', AUTH_PRIVATE_KEY: pemOf(pair()) };
    const rotatedTo = async (previous: string) =>
      new AccessTokens(await signingKeysOf(configOf({ ...env, AUTH_PREVIOUS_PUBLIC_KEYS: previous })), () => now);
    expect(await (await rotatedTo(publicPemOf(own))).verify(token)).toMatchObject({ user });
    expect(reasonOf(await (await rotatedTo('')).verify(token))).toBe('invalid_token');
  });
});

describe('without a token', () => {
  it('anyone is anyone in demo mode, which each answer says, and nobody elsewhere', () => {
    expect(identity(true).callerOf({})).toEqual({ kind: 'demo' });
    expect(identity(true).answerHeaders).toHaveProperty('demo-mode');
    expect(identity().callerOf({})).toEqual({ kind: 'anonymous' });
    expect(identity().answerHeaders).toBeUndefined();
  });
});

describe('demo mode', () => {
  it('is told by every answer, through every door', async () => {
    const demo = identity(true);
    const api = await startApi({ identity: demo });
    for (const path of ['/api/products', '/', '/nothing-here', '/api/wallets/ann'])
      expect((await fetch(`${api.url}${path}`)).headers.get('demo-mode')).toMatch(/^on;/);
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/ws`);
    const [handshake] = (await once(socket, 'upgrade')) as [IncomingMessage];
    expect(handshake.headers['demo-mode']).toMatch(/^on;/);
    socket.close();
    await api.close();

    const { services, provide } = lateServices();
    provide('identity', demo);
    const service = grpcServices[0] as GrpcService;
    const metrics = new Metrics();
    const door = new GrpcDoor({
      services,
      metrics,
      log: pino({ level: 'silent' }),
      service,
      connections: readConfig().grpcConnections,
    });
    const client = new GrpcClient(await door.listen('127.0.0.1', 0), service);
    const { metadata } = await client.call(Object.keys(service.methods)[0] as string, {});
    expect(metadata.get('demo-mode')).toEqual([expect.stringMatching(/^on;/)]);
    client.close();
    await door.close();
  });
});

describe('the token of Prometheus', () => {
  it('reads the metrics and what is for anyone, nothing else', async () => {
    expect(await callerOf('scrape-me')).toEqual(scraperCaller);
    expect(reasonOf(await callerOf('scrape-mf'))).toBe('invalid_token');
    expect(permitted(operatorOrScraper, scraperCaller, {})).toEqual({});
    expect(permitted(anyone, scraperCaller, {})).toEqual({});
    expect(reasonOf(permitted(anyUser, scraperCaller, {}))).toBe('unauthenticated');
  });
});

describe('a start', () => {
  it('is in demo mode by default on loopback alone', () => {
    for (const HOST of ['127.0.0.1', 'localhost', '::1']) expect(configOf({ HOST }).isDemo).toBe(true);
    for (const HOST of ['0.0.0.0', '10.0.0.1', '::']) expect(configOf({ HOST }).isDemo).toBe(false);
    expect(configOf({ HOST: '127.0.0.1', DEMO_MODE: 'off' }).isDemo).toBe(false);
    expect(() => configOf({ DEMO_MODE: 'yes' })).toThrow('DEMO_MODE');
  });

  it.each([
    ['in production with demo mode on', { NODE_ENV: 'production' }, 'DEMO_MODE=off'],
    ['in production, however it is written', { NODE_ENV: ' Production', DEMO_MODE: 'on' }, 'DEMO_MODE=off'],
    ['outside demo mode without a key', { DEMO_MODE: 'off' }, 'AUTH_PRIVATE_KEY is missing'],
    ['with a key that is none', { AUTH_PRIVATE_KEY: 'x' }, 'AUTH_PRIVATE_KEY must hold'],
    ['with a previous key that is none', { AUTH_PREVIOUS_PUBLIC_KEYS: 'x' }, 'AUTH_PREVIOUS_PUBLIC_KEYS'],
  ])('%s is refused', async (_name, env, why) => {
    await expect(
      signingKeysOf(configOf({ STACK_FOLDER: mkdtempSync(join(tmpdir(), 'key-')), ...env })),
    ).rejects.toThrow(why);
  });

  it('takes a key whose line breaks were written as \\n', () => {
    const AUTH_PRIVATE_KEY = pemOf(own).replaceAll('\n', '\\n');
    expect(privatePemOf(configOf({ AUTH_PRIVATE_KEY }))).toBe(pemOf(own).trim());
  });

  it('makes one key for all instances of a machine, for its owner’s eyes', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'key-')), 'stack');
    const first = sharedKey(folder);
    expect(sharedKey(folder)).toBe(first);
    expect(statSync(join(folder, 'auth-key.pem')).mode & 0o777).toBe(0o600);
  });
});

describe('passwords', () => {
  it('are right for what they were, in whichever form their letters came, and for nobody without an account', async () => {
    const passwords = new Passwords();
    const hashed = String(await passwords.hash('caf\u00e9 au lait'));
    expect(hashed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.matches(hashed, 'cafe\u0301 au lait')).toBe(true);
    expect(await passwords.matches(hashed, 'cafe au lait')).toBe(false);
    expect(await passwords.matches(null, 'nobody has this password')).toBe(false);
  });

  it('wait for each other within limits, and go on after that', async () => {
    const passwords = new Passwords({ algorithm: 2, memoryCost: 64, timeCost: 1, parallelism: 1 });
    const hashed = String(await passwords.hash('a long password'));
    const many = await Promise.all(Array.from({ length: 110 }, () => passwords.matches(hashed, 'a long password')));
    expect(many.filter((answer) => answer === true)).toHaveLength(103);
    expect(many.filter((answer) => reasonOf(answer) === 'overloaded')).toHaveLength(7);
    expect(await passwords.matches(hashed, 'a long password')).toBe(true);
  });
});
