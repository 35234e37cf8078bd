// Dating over REST and gRPC, above a ledger and pairs made up here: what is asked of whom, repeats, refusals with figures, what is not known yet.
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import * as answers from '../../api/answers-dating.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Ended, MoneyEvent } from '../../api/money-door.ts';
import type { Services } from '../../api/ports.ts';
import { type Reason, reasons } from '../../api/problems.ts';
import { dayAfter } from '../../api/services/dating-swipes-left.ts';
import { readConfig } from '../../infra/config.ts';
import { initialState as noAccount } from '../../processors/ledger/domain-account.ts';
import { type Outcome as Paid, type RefusalReason, refusalReasons } from '../../processors/ledger/domain-outcomes.ts';
import { refusalReasons as pairReasons, type Outcome as Verdict } from '../../processors/pairs/domain-outcomes.ts';
import { initialState, type KeptPair } from '../../processors/pairs/domain-pair.ts';
import { DatingCandidates } from '../../projections/dating-candidates.ts';
import { cellOf } from '../../schemas/cells.ts';
import { expectShape } from '../documented-shape.ts';
import { GrpcClient } from '../grpc-client.ts';
import { type Api, now, problemFrom, startApi } from './api-server.ts';

type Memo<Outcome> = { readonly fingerprint: string | null; readonly outcome: Outcome; readonly until: number };
type Asked = { readonly type: string; readonly fingerprint?: string | null } & Record<string, unknown>;

const place = { at: now, partition: 3 };
const paid: Paid = {
  ...{ accepted: true, reason: null, kind: 'swipe', transactionId: 'transaction-1', asset: 'COIN', amount: '0' },
  ...{ creatorShare: null, platformShare: null, balance: { coins: '7', credits: '20' }, subscription: null },
  ...{ swipe: null, boostUntil: null, originalId: null, available: null, ruleSet: 1, ...place, offset: 40 },
};
const verdict: Verdict = {
  ...{ accepted: true, reason: null, kind: 'swipe', matchId: null, matched: false, status: null },
  ...{ ...place, offset: 8 },
};

/** What the ledger and the pairs answer, and what they were asked. */
class Deciders {
  readonly paid = new Map<string, Memo<Paid>>();
  readonly verdicts = new Map<string, Memo<Verdict>>();
  readonly asked: Asked[] = [];
  pair: KeptPair | null = null;
  ledger: Partial<Paid> = {};
  pairs: Partial<Verdict> = {};
  /** Nothing is decided in time. */
  isSlow = false;

  get ledgerPort() {
    return {
      request: async (event: MoneyEvent) => {
        this.asked.push({ ...event });
        const key = `${event.accountId} ${event.idempotencyKey}`;
        const known = this.paid.get(key);
        const { fingerprint } = event as unknown as { fingerprint: string };
        const memo = known ?? { fingerprint, outcome: { ...paid, kind: event.type, ...this.ledger }, until: now };
        this.paid.set(key, memo);
        return { memo, isRepeat: known !== undefined };
      },
    };
  }

  get pairsPort() {
    return {
      request: async (event: Asked) => {
        this.asked.push(event);
        if (this.isSlow) return { memo: null, token: 'dating_pairs:3:8' };
        const key = String(event.idempotencyKey);
        const known = this.verdicts.get(key);
        const fingerprint = event.fingerprint ?? null;
        const memo = known ?? { fingerprint, outcome: { ...verdict, kind: event.type, ...this.pairs }, until: now };
        this.verdicts.set(key, memo);
        return { memo, isRepeat: known !== undefined, token: 'dating_pairs:3:8' };
      },
      verdict: async ({ transactionId }: { transactionId: string }) => {
        if (this.isSlow) return null;
        const memo = { fingerprint: null, outcome: { ...verdict, ...this.pairs }, until: now };
        this.verdicts.set(transactionId, memo);
        return memo;
      },
    };
  }
}

/** What ends each wait for a pair. */
const waits: (AbortSignal | undefined)[] = [];
let deciders: Deciders;
let api: Api;
let door: GrpcDoor;
let grpc: GrpcClient;

const wish = { genders: ['woman', 'man'], ageMin: 18, ageMax: 60, distanceKm: 50, intention: 'open' };
const profileOf = (userId: string, longitude: number) => ({
  ...{ userId, status: 'visible', ageBand: '25-34', online: new Array(24).fill(0), offset: 1, partition: 0 },
  dating: {
    ...{ name: userId.toUpperCase(), birthDate: '1996-02-29', gender: 'woman', interests: ['art'], aversions: [] },
    ...{ prompts: [], videoId: null, cell: cellOf(52.5, longitude), wish, answers: {} },
  },
});
const candidates = new DatingCandidates({ personality: () => null, excluded: async () => new Set(['gone']) });
for (const [i, id] of ['ana', 'ben', 'cleo', 'gone'].entries()) candidates.set(profileOf(id, 13.4 + i * 0.05));
candidates.set(profileOf('far', 20));

const services = {
  candidates,
  people: { isErased: (id: string) => id === 'erased' },
  money: { request: (event: MoneyEvent) => deciders.ledgerPort.request(event) },
  datingDoor: {
    request: (event: Asked, _id: string, ended?: Ended) => {
      waits.push(ended?.());
      return deciders.pairsPort.request(event);
    },
    verdict: (of: { transactionId: string }, ended?: Ended) => {
      waits.push(ended?.());
      return deciders.pairsPort.verdict(of);
    },
  },
  pairs: {
    pair: async () => deciders.pair,
    request: async (_user: string, _other: string, key: string) => deciders.verdicts.get(key) ?? null,
  },
  profiles: { isVisible: (id: string) => (id === 'early' ? null : !['nobody', 'hidden'].includes(id)) },
  wallets: {
    account: async (id: string) => {
      const swipes = { zone: 'Asia/Kolkata', nextZone: null, day: '2026-11-01', used: 3 };
      return id === 'ana' ? { ...noAccount(), swipes } : null;
    },
    request: async (id: string, key: string) => deciders.paid.get(`${id} ${key}`) ?? null,
  },
} as unknown as Partial<Services>;

beforeAll(async () => {
  api = await startApi(services);
  const log = pino({ level: 'silent' });
  const service = grpcServices.find(({ name }) => name === 'dating');
  if (!service) throw new Error('no service');
  const metrics = new Metrics();
  const connections = readConfig().grpcConnections;
  door = new GrpcDoor({
    services: { ...services, identity: demoIdentity, limits: noLimits, metrics, now: () => now } as Services,
    metrics,
    log,
    service,
    connections,
  });
  grpc = new GrpcClient(await door.listen('127.0.0.1', 0), service);
});
beforeEach(() => {
  deciders = new Deciders();
});
afterAll(async () => {
  grpc.close();
  await Promise.all([door.close(), api.close()]);
});

const two = { user_id: 'ana', target_user_id: 'ben' };
const post = (what: string, body: object, key: string | null = 'key-1') =>
  fetch(`${api.url}/api/grpc/dating/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(key !== null && { 'idempotency-key': key }) },
  });
const get = async (path: string) => {
  const response = await fetch(`${api.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const swipe = (body: object = {}, key = 'key-1') => post('swipe', { ...two, direction: 'RIGHT', ...body }, key);
const keyed = { 'idempotency-key': 'key-1' };

describe('candidates', () => {
  type Page = { matches: { user_id: string; factors: Record<string, { value: number; weight: number }> }[] };

  it('come with the arithmetic of their scores, which adds up', async () => {
    const { status, body } = await get('/api/grpc/dating/matches?userId=ana');
    expect(status).toBe(200);
    expectShape(answers.matchesPage, body);
    const { matches } = body as unknown as Page & { matches: { compatibility_score: number }[] };
    expect(matches.map(({ user_id }) => user_id)).toEqual(['ben', 'cleo']);
    for (const { factors, compatibility_score } of matches) {
      const sum = Object.values(factors).reduce((total, { value, weight }) => total + value * weight, 0);
      expect(Math.abs(sum - compatibility_score)).toBeLessThan(1e-6);
    }
  });

  it('say nothing of birth dates and places', async () => {
    const text = JSON.stringify((await get('/api/grpc/dating/matches?userId=ana')).body);
    expect(text).not.toMatch(/1996|r\d+c\d+|latitude|birth/);
    expect(text).toContain('"age":30');
  });

  it('go on where a page ended, and are the same over gRPC', async () => {
    const { body: first } = await get('/api/grpc/dating/matches?userId=ana&limit=1');
    const second = await grpc.call('GetMatches', { user_id: 'ana', limit: 1, cursor: first.next_cursor });
    const ids = [first, second.answer].flatMap((page) =>
      (page as unknown as Page).matches.map(({ user_id }) => user_id),
    );
    expect(ids).toEqual(['ben', 'cleo']);
    const [ben] = (first as { matches: object[] }).matches;
    const [same] = ((await grpc.call('GetMatches', { user_id: 'ana', limit: 1 })).answer as { matches: object[] })
      .matches;
    const { gender, rule_set, factors } = ben as Record<string, unknown>;
    expect(same).toMatchObject({ gender, rule_set, factors });
    const wrong = await get('/api/grpc/dating/matches?userId=ana&cursor=abc');
    expect([wrong.status, wrong.body.field]).toEqual([400, 'cursor']);
  });

  it('need a profile of one’s own', async () => {
    const { status, body } = await get('/api/grpc/dating/matches?userId=nobody');
    expect([status, body.reason]).toEqual([409, 'no_profile']);
  });

  it('are not refused for want of a profile that is still being folded', async () => {
    const { status, body } = await get('/api/grpc/dating/matches?userId=early');
    expect([status, body.reason]).toEqual([503, 'not_ready']);
  });
});

describe('a swipe', () => {
  it('is one request to the ledger, and told with what the pair made of it', async () => {
    deciders.ledger = { swipe: { direction: 'RIGHT', targetUserId: 'ben', freeLeft: 4, coinsCharged: 0 } };
    deciders.pairs = { matched: true, matchId: 'match-1', status: 'locked' };
    const response = await swipe();
    const body = await response.json();
    expectShape(answers.swiped, body);
    expect(body).toMatchObject({ accepted: true, reason: null, match_id: 'match-1', free_swipes_left: 4 });
    expect(body).toMatchObject({ coins_charged: 0, balance: 7, token: 'payment_transactions:3:40' });
    const event = { type: 'swipe', accountId: 'ana', counterpartyId: 'ben', direction: 'RIGHT' };
    expect(deciders.asked).toMatchObject([{ ...event, counterpartyKnown: true, idempotencyKey: 'key-1' }]);
  });

  it('waits for the pair, as a block does, no longer than whoever asked', async () => {
    waits.length = 0;
    await swipe();
    await post('block', two);
    expect(waits).toEqual([expect.any(AbortSignal), expect.any(AbortSignal)]);
  });

  it('of a pair that has matched before tells no new match', async () => {
    deciders.pairs = { matched: false, matchId: 'match-1', status: 'locked' };
    expect(await (await swipe()).json()).toMatchObject({ match_id: null });
  });

  it('that is repeated has its first answer over REST and gRPC, whatever has become of the two', async () => {
    const first = await (await swipe()).json();
    deciders.pair = { ...initialState(), blocks: { ben: 1 } };
    const again = await swipe();
    expect([again.headers.get('idempotency-hit'), await again.json()]).toEqual(['true', first]);
    const called = await grpc.call('Swipe', { ...two, direction: 'RIGHT' }, keyed);
    expect([called.code, called.metadata.get('idempotency-hit')]).toEqual([0, ['true']]);
    const other = await swipe({ direction: 'LEFT' });
    expect([other.status, (await problemFrom(other)).reason]).toEqual([409, 'idempotency_key_reused']);
    expect(deciders.paid.size).toBe(1);
  });

  it.each([
    ['no_profile', 409, { user_id: 'hidden' }, null],
    ['not_ready', 503, { target_user_id: 'early' }, null],
    ['blocked', 403, {}, { blocks: { ben: 1 } }],
    ['blocked', 403, {}, { reports: { ana: 1 } }],
  ])('is refused as %s before anything is asked of the ledger', async (reason, status, body, pair) => {
    deciders.pair = pair && { ...initialState(), ...pair };
    const response = await swipe(body);
    expect([response.status, (await problemFrom(response)).reason]).toEqual([status, reason]);
    expect(deciders.asked).toEqual([]);
  });

  it('on somebody whom either does not look for is refused before anything is published; a repeat has its first answer', async () => {
    const response = await swipe({ target_user_id: 'far' }, 'far-1');
    const problem = await problemFrom(response);
    expect(problem).toMatchObject({ status: 409, reason: 'not_suited', field: 'target_user_id' });
    expect(deciders.asked).toEqual([]);
    candidates.set(profileOf('far', 13.45));
    try {
      expect((await swipe({ target_user_id: 'far' }, 'far-2')).status).toBe(200);
    } finally {
      candidates.set(profileOf('far', 20));
    }
    const repeat = await swipe({ target_user_id: 'far' }, 'far-2');
    expect([repeat.status, repeat.headers.get('idempotency-hit')]).toEqual([200, 'true']);
  });

  it('of nobody is asked of the ledger all the same, which remembers its refusal', async () => {
    deciders.ledger = { accepted: false, reason: 'unknown_recipient' };
    expect((await swipe({ target_user_id: 'nobody' })).status).toBe(404);
    expect(deciders.asked).toMatchObject([{ counterpartyKnown: false }]);
  });

  it('that the pair refuses is refused: its verdict is the truth', async () => {
    deciders.pairs = { accepted: false, reason: 'blocked' };
    const response = await swipe();
    expect([response.status, await problemFrom(response)]).toMatchObject([
      403,
      { reason: 'blocked', transaction_id: 'transaction-1' },
    ]);
  });

  it.each([
    ['RIGHT', 10],
    ['SUPER_LIKE', 50],
  ])('%s that cannot be paid says what it takes and what is there', async (direction, needed) => {
    deciders.ledger = { accepted: false, reason: 'insufficient_funds' };
    const response = await swipe({ direction });
    expect(response.status).toBe(402);
    const figures = { asset: 'COIN', needed, available: 7 };
    expect(await problemFrom(response)).toMatchObject({ reason: 'insufficient_funds', ...figures });
    const called = await grpc.call('Swipe', { ...two, direction }, keyed);
    expect(called.info?.metadata).toMatchObject({ asset: 'COIN', needed: String(needed), available: '7' });
  });

  it('whose pair has not decided in time is 202, and can be looked up', async () => {
    deciders.isSlow = true;
    const response = await swipe();
    const address = '/api/dating/requests/ana/key-1?target_user_id=ben&token=payment_transactions:3:40';
    expect([response.status, response.headers.get('location')]).toEqual([202, address]);
    const lookedUp = '/api/dating/requests/ana/key-1?target_user_id=ben';
    expect((await get(lookedUp)).status).toBe(404);
    deciders.isSlow = false;
    await swipe();
    const { status, body } = await get(lookedUp);
    expectShape(answers.request, body);
    expect([status, body.kind, body.accepted]).toEqual([200, 'swipe', true]);
  });

  it.each([
    ['direction', { direction: 'UP' }],
    ['target_user_id', { target_user_id: 'a b' }],
    ['user_id', { user_id: undefined }],
  ])('with a wrong field names it: %s', async (field, body) => {
    const response = await swipe(body);
    expect([response.status, (await problemFrom(response)).field]).toEqual([400, field]);
  });
});

describe('a deleted account', () => {
  const erased = { user_id: 'erased', target_user_id: 'ben' };

  it.each([
    ['swipe', { ...erased, direction: 'RIGHT' }],
    ['unlock', erased],
    ['boost', { user_id: 'erased' }],
    ['undo', erased],
    ['block', erased],
  ])('can ask for no %s', async (what, body) => {
    const problem = await problemFrom(await post(what, body));
    expect(problem).toMatchObject({ status: 410, reason: 'account_deleted', field: 'user_id' });
    expect(deciders.asked).toEqual([]);
  });

  it.each(['matches', 'swipes'])('has no %s', async (what) => {
    const path = what === 'matches' ? '/api/grpc/dating/matches' : '/api/dating/swipes';
    const { status, body } = await get(`${path}?user_id=erased`);
    expect([status, body.reason]).toEqual([410, 'account_deleted']);
  });
});

describe('an unlock', () => {
  const matched = (status: 'locked' | 'unlocked' | 'ended'): KeptPair => ({
    ...initialState(),
    match: { matchId: 'match-1', at: 0, status, unlockedAt: null },
  });

  it('by both waits for the other, and says until when', async () => {
    deciders.pair = matched('locked');
    deciders.pairs = { status: 'locked', matchId: 'match-1' };
    const body = await (await post('unlock', two)).json();
    expectShape(answers.unlocked, body);
    expect(body).toMatchObject({ status: 'waiting', mode: 'both', coins: 25, credits: 50, paid_by: ['ana'] });
    expect(Date.parse((body as { held_until: string }).held_until)).toBe(now + 48 * 3_600_000);
    expect(deciders.asked).toMatchObject([{ type: 'match_unlock', counterpartyId: 'ben', matchId: 'match-1' }]);
  });

  it('by one is at once', async () => {
    deciders.pair = matched('locked');
    deciders.pairs = { status: 'unlocked', matchId: 'match-1' };
    const called = await grpc.call('UnlockMatch', { ...two, mode: 'instant' }, keyed);
    expect(called.answer).toMatchObject({ status: 'unlocked', coins: 100, credits: 150 });
    expect(called.answer.held_until).toBeUndefined();
  });

  it('that the pair refuses has a token, by which what was held is seen to have gone back', async () => {
    deciders.pair = matched('locked');
    deciders.pairs = { accepted: false, reason: 'already_requested' };
    const problem = await problemFrom(await post('unlock', two));
    expect(problem).toMatchObject({ status: 409, reason: 'already_requested', token: 'dating_pairs:3:8' });
  });

  it.each([
    ['no_match', 404, null],
    ['match_ended', 409, matched('ended')],
    ['already_unlocked', 409, matched('unlocked')],
    ['blocked', 403, { ...matched('ended'), blocks: { ben: 1 } }],
  ])('is refused as %s before anything is held', async (reason, status, pair) => {
    deciders.pair = pair;
    const response = await post('unlock', two);
    expect([response.status, (await problemFrom(response)).reason]).toEqual([status, reason]);
    expect(deciders.asked).toEqual([]);
  });

  it('of a match with somebody whose account is deleted takes nothing', async () => {
    deciders.pair = matched('locked');
    const response = await post('unlock', { ...two, target_user_id: 'erased' });
    expect([response.status, (await problemFrom(response)).reason]).toEqual([409, 'match_ended']);
    expect(deciders.asked).toEqual([]);
  });

  it('that cannot be paid names the asset that is missing', async () => {
    deciders.pair = matched('locked');
    deciders.ledger = { accepted: false, reason: 'insufficient_funds' };
    const figures = { asset: 'CREDIT', needed: 50, available: 20 };
    expect(await problemFrom(await post('unlock', two))).toMatchObject(figures);
  });
});

describe('a boost', () => {
  it('costs 200 coins and says until when', async () => {
    deciders.ledger = { boostUntil: now + 1_800_000 };
    const body = await (await post('boost', { user_id: 'ana' })).json();
    expectShape(answers.boosted, body);
    expect(deciders.asked).toMatchObject([{ type: 'boost', asset: 'COIN', amount: 200 }]);
  });

  it('needs a profile that is visible', async () => {
    expect((await post('boost', { user_id: 'hidden' })).status).toBe(409);
    expect(deciders.asked).toEqual([]);
  });
});

describe('what a pair decides alone', () => {
  it.each(['undo', 'block', 'unblock'])('%s is one request to it, and a repeat has the first answer', async (what) => {
    const first = await post(what, two);
    const body = await first.json();
    expectShape(answers.decided, body);
    expect(body).toEqual({ accepted: true, reason: null, token: 'dating_pairs:3:8' });
    expect(deciders.asked).toMatchObject([{ type: what, userId: 'ana', targetUserId: 'ben', idempotencyKey: 'key-1' }]);
    const again = await post(what, two);
    expect([again.headers.get('idempotency-hit'), await again.json()]).toEqual(['true', body]);
    const reused = await post(what, { ...two, target_user_id: 'cleo' });
    expect([reused.status, (await problemFrom(reused)).reason]).toEqual([409, 'idempotency_key_reused']);
  });

  it('has the words of a report', async () => {
    expect((await post('report', { ...two, reason: 'spam', text: 'sells' })).status).toBe(200);
    expect(deciders.asked).toMatchObject([{ type: 'report', reason: 'spam', text: 'sells' }]);
    const wrong = await post('report', { ...two, reason: 'boring' });
    expect([wrong.status, (await problemFrom(wrong)).field]).toEqual([400, 'reason']);
  });

  it.each([...pairReasons])('%s is a refusal with a status of its own, over REST and gRPC', async (reason) => {
    deciders.pairs = { accepted: false, reason };
    const { status, grpc: code } = reasons[reason as Reason];
    const response = await post('undo', two);
    expect([response.status, (await problemFrom(response)).reason]).toEqual([status, reason]);
    const called = await grpc.call('Undo', two, keyed);
    expect([called.code, called.info?.reason]).toEqual([code, reason]);
  });

  it.each(['undo', 'block', 'unlock', 'unblock'])('%s concerns somebody else', async (what) => {
    const response = await post(what, { ...two, target_user_id: 'ana' });
    expect([response.status, (await problemFrom(response)).field]).toEqual([400, 'target_user_id']);
  });

  it('needs a key', async () => {
    const response = await post('block', two, null);
    expect([response.status, (await problemFrom(response)).field]).toEqual([400, 'Idempotency-Key']);
  });
});

it.each([...refusalReasons])('the ledger’s %s has a status', (reason: RefusalReason) =>
  expect(reasons[reason as Reason].status).toBeGreaterThan(399),
);

describe('free swipes', () => {
  it('are those of the user’s local day', async () => {
    const { body } = await get('/api/dating/swipes?userId=ana');
    expectShape(answers.swipes, body);
    expect(body).toMatchObject({ free_swipes_left: 2, free_swipes_a_day: 5, used: 3, time_zone: 'Asia/Kolkata' });
    expect(body.resets_at).toBe('2026-11-01T18:30:00.000Z');
  });

  it('are all there for somebody who has never swiped', async () => {
    expect((await get('/api/dating/swipes?userId=ben')).body).toMatchObject({ free_swipes_left: 5, time_zone: 'UTC' });
  });

  it.each([
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T23:00:00.000Z'],
    ['Europe/Berlin', '2026-03-28T23:30:00Z', '2026-03-29T22:00:00.000Z'],
    ['America/Santiago', '2026-09-05T12:00:00Z', '2026-09-06T04:00:00.000Z'],
  ])('in %s at %s come at %s, whatever the clocks do', (zone, from, to) => {
    expect(new Date(dayAfter(zone, Date.parse(from))).toISOString()).toBe(to);
  });
});
