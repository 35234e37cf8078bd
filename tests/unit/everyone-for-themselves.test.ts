// Walks every route and every gRPC method with one user's token and another's ids: nothing of the other is read or changed.
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anonymousCaller, type User } from '../../api/access.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { Metrics } from '../../api/metrics.ts';
import { toCamel } from '../../api/names.ts';
import { type Identity, lateServices, type Services } from '../../api/ports.ts';
import { execute, type Route, requestSchema } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { GrpcClient } from '../grpc-client.ts';
import { type Api, acknowledged, startApi } from './api-server.ts';

const [alice, bob] = ['user-alice', 'user-bob'];
const secret = 'secret-of-alice';

/** What a route is to somebody else. A new route needs a line here, or the test of its name fails. */
type Case =
  /** For anyone, with or without a token: nothing in it belongs to somebody. */
  | 'open'
  /** About the bearer of the token alone: no field could name somebody else. */
  | 'own'
  /** For a role that neither has. */
  | 'role'
  /** These fields say whose it is. */
  | { readonly acts: readonly string[] }
  /** Named by an id that belongs to alice: who is not she is told that there is none. */
  | { readonly belongs: string }
  | 'events';
const user = { acts: ['user_id'] } as const;

const cases: Readonly<Record<string, Case>> = {
  'POST /api/auth/register': 'open',
  'POST /api/auth/login': 'open',
  'POST /api/auth/refresh': 'open',
  'POST /api/auth/logout': 'open',
  'GET /api/auth/jwks.json': 'open',
  'GET /api/auth/me': 'own',
  'GET /api/auth/sessions': 'own',
  'POST /api/auth/password': 'own',
  'DELETE /api/auth/sessions/{id}': { belongs: 'id' },
  'PUT /api/accounts/{id}/roles': 'role',
  'GET /api/grpc/feed': user,
  'GET /api/grpc/feed/trending': 'open',
  'GET /api/grpc/xai/recommendations': user,
  'GET /api/grpc/xai/explain/{receipt_id}': { belongs: 'receipt_id' },
  'GET /api/grpc/feed/why-not': user,
  'GET /api/feedback/{event_id}/effect': user,
  'POST /api/events': 'events',
  'POST /api/demo/track-view': user,
  'GET /api/demo/feed': user,
  'GET /api/demo/architecture': 'role',
  'GET /api/videos/{id}': 'open',
  'GET /api/users/{id}/history': { acts: ['id'] },
  'GET /api/experiments': 'role',
  'GET /api/experiments/{id}': 'role',
  'GET /api/leaderboards/top_videos': 'open',
  'GET /api/leaderboards/top_creators': 'open',
  'POST /api/grpc/monetization/gift': { acts: ['sender_id'] },
  'POST /api/grpc/monetization/tip': { acts: ['sender_id'] },
  'POST /api/grpc/monetization/subscribe': { acts: ['subscriber_id'] },
  'POST /api/grpc/monetization/cancel-subscription': { acts: ['subscriber_id'] },
  'POST /api/grpc/monetization/cancel-plan': user,
  'POST /api/grpc/monetization/unlock': user,
  'GET /api/wallets/{user_id}': user,
  'GET /api/wallets/{user_id}/statement': user,
  'GET /api/wallets/{user_id}/statement.csv': user,
  'GET /api/wallets/{user_id}/subscriptions': user,
  'GET /api/creators/{id}/earnings': { acts: ['id'] },
  'GET /api/ledger/requests/{account_id}/{idempotency_key}': { acts: ['account_id'] },
  'POST /api/payouts': { acts: ['creator_id'] },
  'GET /api/payouts/{payout_id}': { acts: ['creator_id'] },
  'GET /api/products': 'open',
  'GET /api/leaderboards/gifts': 'open',
  'GET /api/revenue': 'role',
  'GET /api/videos/{id}/playback': user,
  'POST /api/payments/checkout': user,
  'GET /api/payments/{payment_id}': { belongs: 'payment_id' },
  'POST /api/payments/local/{payment_id}/complete': { belongs: 'payment_id' },
  'GET /api/grpc/dating/matches': user,
  'POST /api/grpc/dating/swipe': user,
  'POST /api/grpc/dating/undo': user,
  'POST /api/grpc/dating/unlock': user,
  'POST /api/grpc/dating/boost': user,
  'POST /api/grpc/dating/block': user,
  'POST /api/grpc/dating/unblock': user,
  'POST /api/grpc/dating/report': user,
  'GET /api/dating/swipes': user,
  'GET /api/dating/requests/{user_id}/{idempotency_key}': user,
  'PUT /api/dating/profile': user,
  'GET /api/dating/profile': { acts: ['viewer_id'] },
  'POST /api/dating/status': user,
  'GET /api/dating/match-history': user,
  'GET /api/users/{id}/export': { acts: ['id'] },
  'DELETE /api/users/{id}': { acts: ['id'] },
  'GET /api/health': 'open',
  'GET /api/ready': 'open',
  'GET /api/metrics/prometheus': 'role',
  'POST /api/grpc/sora/generate': 'open',
  'POST /api/grpc/chaos/latency': 'open',
  'POST /api/grpc/chaos/failure': 'open',
  'POST /api/grpc/moderation/analyze': 'open',
  'POST /api/grpc/security/issue-cert': 'open',
  'POST /api/grpc/security/revoke-cert': 'open',
  'GET /api/grpc/security/crl': 'open',
  'POST /api/grpc/acquisition/scrape-generate': 'open',
  'POST /api/grpc/seo/submit-sitemap': 'open',
  'POST /api/grpc/seo/submit-app-metadata': 'open',
  'POST /api/grpc/marketplace/populate': 'open',
};

const nameOf = ({ method, path }: Route): string => `${method.toUpperCase()} ${path}`;
/** A path that two spellings of a field lead to is one place; what comes in it cannot be spelled otherwise. */
const isInPath = (route: Route, field: string): boolean => route.path.includes(`{${field}}`);

const userOf = (userId: string): User => ({ kind: 'user', userId, sessionId: `session-of-${userId}`, roles: ['user'] });
const callers: Readonly<Record<string, User>> = { 'Bearer alice': userOf(alice), 'Bearer bob': userOf(bob) };
const identity: Identity = {
  callerOf: ({ authorization = '' }) => callers[authorization] ?? anonymousCaller,
};

/** What the services asked of everything behind them, as texts. */
let asked: string[] = [];
const told = (name: string, given: unknown[]) => asked.push(`${name} ${JSON.stringify(given)}`);

const payment = {
  ...{ paymentId: 'thing-1', winner: null, charges: [], refunds: [], place: { partition: 0, offset: 1 } },
  checkout: { userId: alice, product: secret, provider: 'local', amount: 100, currency: 'USD', at: 0 },
  sessions: [{ provider: 'local', create: 'done', attempt: 1, ref: 'ref' }],
};

/** What belongs to alice, whoever asks; all else is there, and empty. */
const known: Readonly<Record<string, (...given: never[]) => unknown>> = {
  'feed.receipt': () => ({ user_id: alice, secret }),
  'payments.find': () => payment,
  'payments.until': () => payment,
  'payments.publish': () => ({ token: 'payments:0:1' }),
  'payments.providers.get': () => ({ isLocal: true }),
  'events.post': () => acknowledged,
  'auth.sessions.end': (userId: string) => userId === alice,
  'people.isErased': () => false,
};

function portOf(name: string): unknown {
  return new Proxy(() => undefined, {
    get: (_target, member) =>
      typeof member === 'symbol' || member === 'then' ? undefined : portOf(`${name}.${member}`),
    apply: (_target, _this, given: never[]) => {
      told(name, given);
      return known[name]?.(...given) ?? null;
    },
  });
}

const portNames = [
  ...['auth', 'money', 'payments', 'wallets', 'candidates', 'datingDoor', 'pairs', 'profiles', 'people', 'statements'],
  ...['giftBoards', 'recipients', 'feed', 'feedback', 'events', 'history', 'videos', 'experiments', 'leaderboards'],
  ...['visibility', 'topology', 'health'],
] as const;
const ports = Object.fromEntries(portNames.map((name) => [name, portOf(name)])) as Partial<Services>;

let api: Api;
beforeAll(async () => {
  api = await startApi({ ...ports, identity });
});
afterAll(() => api.close());

/** Fields of which the schema says only that they are something. */
const examples: Readonly<Record<string, unknown>> = {
  ...{ birth_date: '1995-06-15', time_zone: 'Europe/Berlin', from: '2026-10-01T00:00:00Z', gift_type: 'ROSE', tier: 1 },
  ...{
    product: 'coins_100',
    direction: 'LEFT',
    asset: 'COIN',
    amount: 5,
    destination: 'somebody',
    provider: 'local',
    latitude: 1,
  },
  ...{ roles: [], password: 'a long password', new_password: 'a long password', username: 'bob', status: 'visible' },
  wish: { genders: ['man'], age_min: 25, age_max: 40, distance_km: 50, intention: 'relationship' },
};

function requestOf(route: Route, more: Record<string, unknown>): Record<string, unknown> {
  const { required = [], properties } = requestSchema(route);
  const inPath = Object.keys(route.params?.properties ?? {});
  const names = [...new Set([...required, ...inPath])];
  const filled = names.map((name) => [name, examples[name] ?? exampleOf(properties[name] ?? {})]);
  return { ...Object.fromEntries(filled), ...more };
}

function exampleOf({ enum: values, type, minimum }: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(values)) return values[0];
  return type === 'integer' || type === 'number' ? (minimum ?? 1) : 'thing-1';
}

type Answer = { readonly status: number; readonly text: string };

async function ask(route: Route, fields: Record<string, unknown>, token?: string, body?: unknown): Promise<Answer> {
  asked = [];
  const inPath = Object.keys(route.params?.properties ?? {});
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fields[name])));
  const rest = Object.entries(fields).filter(([name]) => !inPath.includes(name));
  const query = new URLSearchParams(rest.map(([name, value]): [string, string] => [name, String(value)]));
  const isRead = route.method === 'get';
  const response = await fetch(`${api.url}${path}${isRead ? `?${query}` : ''}`, {
    method: route.method,
    headers: {
      ...{ 'content-type': 'application/json', 'idempotency-key': 'key-1' },
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(!isRead && { body: JSON.stringify(body ?? Object.fromEntries(rest)) }),
  });
  return { status: response.status, text: await response.text() };
}

const refusing = [400, 401, 403];
const untouched = () => expect(asked.filter((call) => call.includes(alice))).toEqual([]);

it.each(routes.map(nameOf))('%s has a case', (name) => expect(cases).toHaveProperty([name]));

describe.each(routes.map((route) => [nameOf(route), route] as const))('%s', (name, route) => {
  const is = cases[name] ?? 'open';

  if (is === 'open')
    it('is open', async () => {
      const withoutToken = await ask(route, requestOf(route, {}));
      const reason = JSON.parse(withoutToken.text.startsWith('{') ? withoutToken.text : '{}').reason;
      expect(reason === 'unauthenticated' && route.path !== '/api/auth/logout').toBe(false);
      expect(withoutToken.status).not.toBe(403);
    });
  else
    it('needs a token', async () => {
      const fields = typeof is === 'object' && 'acts' in is ? Object.fromEntries(is.acts.map((f) => [f, alice])) : {};
      expect((await ask(route, requestOf(route, fields))).status).toBe(401);
      untouched();
    });

  if (is === 'role')
    it('is not for users', async () => {
      expect((await ask(route, requestOf(route, {}), 'bob')).status).toBe(403);
      expect(asked).toEqual([]);
    });

  if (typeof is === 'object' && 'acts' in is)
    for (const field of is.acts) {
      const spellings = isInPath(route, field) ? [field] : [...new Set([field, toCamel(field)])];
      it.each(spellings)('%s must be the bearer of the token', async (spelled) => {
        const { [field]: _, ...rest } = requestOf(route, {});
        expect((await ask(route, { ...rest, [spelled]: alice }, 'bob')).status).toBe(403);
        untouched();
        // And the id was all that was wrong.
        expect(refusing).not.toContain((await ask(route, { ...rest, [spelled]: bob }, 'bob')).status);
      });
    }

  if (typeof is === 'object' && 'belongs' in is)
    it('is there for its owner alone', async () => {
      const { status, text } = await ask(route, requestOf(route, {}), 'bob');
      expect(status).toBe(404);
      expect(text).not.toContain(secret);
      untouched();
      expect([401, 403, 404]).not.toContain((await ask(route, requestOf(route, {}), 'alice')).status);
    });
});

describe('events', () => {
  const route = routes.find((each) => each.path === '/api/events') as Route;
  const event = { video_id: 'video-1', action: 'like' };
  const others = [
    { user_id: alice },
    { userId: alice },
    { user_id: bob, userId: alice },
    { user_id: alice, userId: bob },
  ];

  it.each(others)('with %j are refused, also among one’s own', async (whose) => {
    const alone = await ask(route, {}, 'bob', { ...event, ...whose });
    expect(alone.status).toBe(403);
    untouched();
    const own = { ...event, user_id: bob };
    const among = await ask(route, {}, 'bob', [own, { ...event, ...whose }, own]);
    untouched();
    expect(JSON.parse(among.text)).toMatchObject([{ accepted: true }, { reason: 'forbidden' }, { accepted: true }]);
  });

  it('without a user are the bearer’s', async () => {
    await ask(route, {}, 'bob', event);
    expect(asked.join()).toContain(bob);
  });
});

describe('a profile that somebody else looks at', () => {
  it('is looked at as the bearer of the token', async () => {
    const route = routes.find((each) => nameOf(each) === 'GET /api/dating/profile') as Route;
    const seen: unknown[] = [];
    const looking = { ...route, run: (_services: Services, request: object) => seen.push(request) };
    const { services } = lateServices();
    await execute(looking, services, { userId: alice }, { requestId: 'r', caller: userOf(bob) });
    expect(seen).toEqual([{ user_id: alice, viewer_id: bob }]);
  });
});

describe.each(grpcServices.map((service) => [service.name, service] as const))('gRPC %s', (_name, service) => {
  let door: GrpcDoor;
  let client: GrpcClient;
  beforeAll(async () => {
    const { services, provide } = lateServices();
    const metrics = new Metrics();
    for (const [name, port] of Object.entries({ ...ports, identity, metrics, now: Date.now }))
      provide(name as keyof Services, port as never);
    door = new GrpcDoor({ services, metrics, log: pino({ level: 'silent' }), service });
    client = new GrpcClient(await door.listen('127.0.0.1', 0), service);
  });
  afterAll(async () => {
    client.close();
    await door.close();
  });

  it.each(Object.entries(service.methods))('%s acts for the bearer of the token alone', async (method, route) => {
    const is = cases[nameOf(route)];
    if (typeof is !== 'object' || !('acts' in is)) return;
    for (const field of is.acts) {
      const call = (userId: string, headers: Record<string, string>) => {
        asked = [];
        return client.call(
          method,
          { ...requestOf(route, {}), [field]: userId },
          { 'idempotency-key': 'key-1', ...headers },
        );
      };
      expect((await call(alice, {})).info?.reason).toBe('unauthenticated');
      untouched();
      expect((await call(alice, { authorization: 'Bearer bob' })).info?.reason).toBe('forbidden');
      untouched();
      const own = await call(bob, { authorization: 'Bearer bob' });
      expect(['unauthenticated', 'forbidden', 'missing_field', 'invalid_field']).not.toContain(own.info?.reason);
    }
  });
});
