// Reads of wallets over readers made up here: balances now and then, statements by page and as CSV, revenue, payouts, and what a socket is told.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../api/cursors.ts';
import type { Services } from '../../api/ports.ts';
import { partitionOf } from '../../infra/kafka.ts';
import { initialState } from '../../processors/ledger/domain-account.ts';
import type { StatementEntry } from '../../projections/statements.ts';
import { type Api, problemFrom, startApi } from './api-server.ts';
import { SocketClient } from './socket-client.ts';

const at = Date.UTC(2026, 10, 1, 12);
const partition = partitionOf('ana', 8);
const line = (offset: number, more: Partial<StatementEntry> = {}): StatementEntry => ({
  ...{ time: at, partition, offset, kind: 'gift', outcome: 'accepted', reason: null, transactionId: `t${offset}` },
  ...{ originalId: null, counterpartyId: 'ben', asset: 'COIN', amount: '10', stream: 'gifts', giftType: 'ROSE' },
  gross: null,
  ...{ quantity: 1, videoId: null, product: null, battleId: null, hash: 'h', balances: { 'user:COIN': '90' } },
  postings: [
    ['user:ana', 'COIN', '-10'],
    ['platform:gifts', 'COIN', '4'],
    ['in_transit', 'COIN', '6'],
  ],
  ...more,
});

let lines: StatementEntry[] = [];
let asked: unknown[] = [];
let waited: unknown[] = [];
let verdict = 'visible';
let tell: () => void = () => {};
let api: Api;

const account = {
  ...initialState(),
  balances: { 'user:COIN': '90', 'user:CREDIT': '7', 'creator:USD': '55', 'creator_debt:COIN': '-3', 'held:COIN': '0' },
  earned: { 'gifts:COIN': '60' },
  plan: { name: 'pro', product: 'plan_pro', until: at, cancelled: false },
  lastOffset: 41,
  lastAt: at,
};

const services = {
  wallets: {
    account: async (id: string) => (id === 'ana' ? account : null),
    unlocks: async () => [['video-1', 't1']],
    onChange: (_id: string, listener: () => void) => {
      tell = listener;
      return () => {};
    },
  },
  statements: {
    page: async (page: { limit: number; after?: { offset: number } }) => {
      asked.push(page);
      const rest = lines.filter(({ offset }) => offset < (page.after?.offset ?? Number.POSITIVE_INFINITY));
      const shown = rest.slice(0, page.limit);
      const last = shown.at(-1);
      return {
        entries: shown,
        next: last && rest.length > shown.length ? { time: at, offset: last.offset } : null,
      };
    },
    after: async ({ offset, limit }: { offset: number | null; limit: number }) =>
      lines.filter((one) => offset === null || one.offset > offset).slice(0, limit),
    asOf: async (_id: string, then: object) => {
      asked.push(then);
      return { balances: { 'user:COIN': '5' }, position: { partition, offset: 7, time: at } };
    },
    revenue: async (range: object) => {
      asked.push(range);
      return [{ hour: at, stream: 'gifts', asset: 'COIN', amount: '100', creatorAmount: '55' }];
    },
  },
  positions: {
    generation: () => 1,
    of: async () => ({ generation: 1, next: 100 }),
    onGeneration: () => {},
  },
  giftBoards: {
    top: async (question: object) => {
      asked.push(question);
      return { period: '2026-W44', standings: [{ place: 1, userId: 'ana', coins: 9 }] };
    },
  },
  visibility: {
    wait: async (token: object, targets: readonly string[]) => {
      waited.push([token, targets]);
      return verdict;
    },
  },
} as unknown as Partial<Services>;

beforeAll(async () => {
  api = await startApi(services);
});
afterAll(() => api.close());

const get = (path: string) => fetch(`${api.url}${path}`);
const answer = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;

const ofAna = { list: 'statement', id: 'ana' } as const;

describe('a wallet', () => {
  it('has what is there, with the position of its last record', async () => {
    expect(await answer('/api/wallets/ana')).toEqual({
      ...{
        user_id: 'ana',
        coins: 90,
        credits: 7,
        held: {},
        debts: {},
        earnings: { USD: 55 },
        earnings_debts: { COIN: -3 },
      },
      ...{ as_of: `payment_transactions:${partition}:41`, as_of_time: '2026-11-01T12:00:00.000Z' },
    });
  });

  it('of somebody without an account is empty', async () => {
    expect(await answer('/api/wallets/new')).toMatchObject({ coins: 0, credits: 0, as_of: null, as_of_time: null });
  });

  it.each([
    ['2026-11-01T12:00:00Z', { time: at }],
    [encodeURIComponent('2026-11-01T13:00:00+01:00'), { time: at }],
    ['2026-11-01', { time: Date.UTC(2026, 10, 1) }],
    [`payment_transactions:${partition}:9`, { offset: 9 }],
  ])('can be asked for as of %s', async (text, then) => {
    asked = [];
    const wallet = await answer(`/api/wallets/ana?as_of=${text}`);
    expect([asked, wallet]).toMatchObject([[then], { coins: 5, as_of: `payment_transactions:${partition}:7` }]);
  });

  it.each([
    'yesterday',
    '2026-13-01',
    '2026-02-30',
    '2026-11-01T12:00:00',
    'user_activity:1:2',
    `payment_transactions:${(partition + 1) % 8}:9`,
    `payment_transactions:${partition}:x`,
  ])('cannot be asked for as of %s', async (text) => {
    const response = await get(`/api/wallets/ana?as_of=${text}`);
    expect([response.status, await problemFrom(response)]).toMatchObject([400, { field: 'as_of' }]);
  });
});

describe('a wallet as of a time', () => {
  it('waits until the statement has what the ledger has decided', async () => {
    waited = [];
    await answer('/api/wallets/ana?as_of=2026-11-01T12:00:00Z');
    expect(waited).toEqual([[{ topic: 'payment_transactions', partition, offset: 41 }, ['statements']]]);
    waited = [];
    await answer('/api/wallets/new?as_of=2026-11-01T12:00:00Z');
    expect(waited).toEqual([]);
  });

  it('is not told wrong when that takes too long', async () => {
    verdict = 'not_yet_visible';
    const response = await get('/api/wallets/ana?as_of=1970-01-01');
    verdict = 'visible';
    expect([response.status, (await problemFrom(response)).reason]).toEqual([504, 'not_yet_visible']);
  });
});

describe('a place that is not in the log', () => {
  it.each([
    ['as_of', `payment_transactions:${partition}:99`],
    ['token', 'payment_transactions:0:99'],
  ])('is a wrong %s, not one that is late', async (field, place) => {
    verdict = 'not_in_log';
    const response = await get(`/api/wallets/ana?${field}=${place}`);
    verdict = 'visible';
    const problem = await problemFrom(response);
    expect([response.status, problem]).toMatchObject([400, { reason: 'invalid_field', field }]);
    expect(problem.detail).toContain(`there is no ${place} in the log`);
  });
});

describe('a statement', () => {
  it('as CSV has no cell that a spreadsheet takes for a formula', async () => {
    lines = [line(9, { counterpartyId: '-2-3', transactionId: '=1+1', amount: '10' })];
    const [, row] = (await (await get('/api/wallets/ana/statement.csv')).text()).split('\n');
    expect(row).toContain(",10,,'-2-3,'=1+1,");
  });

  it('comes page by page, each line with its event', async () => {
    lines = [
      line(9),
      line(8, { kind: 'credit', amount: null, reason: null }),
      line(7, { outcome: 'refused', reason: 'limit' }),
    ];
    const first = (await answer('/api/wallets/ana/statement?limit=2')) as { entries: object[]; next_cursor: string };
    expect(first.entries).toMatchObject([
      {
        token: `payment_transactions:${partition}:9`,
        amount: 10,
        balances: [{ account: 'user:ana', asset: 'COIN', amount: 90 }],
      },
      { amount: null },
    ]);
    const second = await answer(`/api/wallets/ana/statement?limit=2&cursor=${first.next_cursor}`);
    expect(second).toMatchObject({ entries: [{ outcome: 'refused', reason: 'limit' }], next_cursor: null });
  });

  it.each(['statement.csv?limit=1', 'statement?format=csv&limit=1'])('is a table as %s', async (path) => {
    lines = [line(9, { reason: 'a "quoted", =word' }), line(8)];
    const response = await get(`/api/wallets/ana/${path}`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('x-next-cursor')).not.toBeNull();
    const [head, first, ...rest] = (await response.text()).split('\n');
    expect(head?.split(',').slice(0, 5)).toEqual(['time', 'token', 'kind', 'outcome', 'reason']);
    expect(first).toContain(
      `2026-11-01T12:00:00.000Z,payment_transactions:${partition}:9,gift,accepted,"a ""quoted"", =word"`,
    );
    expect(rest).toEqual(['']);
  });

  it.each([
    encodeCursor(ofAna, { time: 'x', offset: 1 }),
    encodeCursor(ofAna, { time: at }),
    encodeCursor({ ...ofAna, id: 'ben' }, { time: at, offset: 1 }),
    encodeCursor(ofAna, { time: 9e15, offset: 1 }),
    'abc',
  ])('has no page at %s', async (cursor) => {
    const response = await get(`/api/wallets/ana/statement?cursor=${cursor}`);
    expect([response.status, await problemFrom(response)]).toMatchObject([400, { field: 'cursor' }]);
  });
});

describe('figures', () => {
  it.each([
    ['from', ''],
    ['from', '?from=today'],
    ['to', '?from=2026-11-02&to=2026-11-01'],
    ['to', '?from=2026-01-01&to=2026-11-01'],
  ])('of revenue need a range that can be read: %s', async (field, query) => {
    const response = await get(`/api/revenue${query}`);
    expect([response.status, await problemFrom(response)]).toMatchObject([400, { field }]);
  });

  it('of revenue come by hour and stream', async () => {
    expect((await answer('/api/revenue?from=2026-10-31')).hours).toEqual([
      { hour: '2026-11-01T12:00:00.000Z', stream: 'gifts', asset: 'COIN', amount: 100, creator_amount: 55 },
    ]);
  });

  it('of gifts have a side and a window', async () => {
    asked = [];
    expect(await answer('/api/leaderboards/gifts?side=sent&window=week&limit=3')).toEqual({
      ...{ side: 'sent', window: 'week', period: '2026-W44', people: [{ place: 1, user_id: 'ana', coins: 9 }] },
    });
    expect(asked).toMatchObject([{ side: 'sent', window: 'week', limit: 3 }]);
    expect((await get('/api/leaderboards/gifts?window=year')).status).toBe(400);
  });
});

describe('a payout', () => {
  const request = line(5, { kind: 'payout', transactionId: 'payout-1', amount: '1000' });
  it.each([
    ['held', []],
    ['settled', [line(6, { kind: 'payout_settled', originalId: 'payout-1' })]],
    ['failed', [line(6, { kind: 'payout_failed', originalId: 'payout-1', reason: 'account_closed' })]],
    ['held', [line(6, { kind: 'payout_settled', originalId: 'payout-1', outcome: 'ignored' })]],
  ])('is %s', async (status, later) => {
    lines = [...later, request];
    expect(await answer('/api/payouts/payout-1?creator_id=ana')).toMatchObject({
      ...{ status, amount: 1_000, reason: status === 'failed' ? 'account_closed' : null },
    });
  });

  it('that nobody asked for is 404', async () => {
    lines = [line(6)];
    expect((await get('/api/payouts/payout-1?creator_id=ana')).status).toBe(404);
  });
});

describe('the channel of a wallet', () => {
  it('shows the wallet, and then each line of the statement once, with the balances after it', async () => {
    lines = [line(8), line(7, { outcome: 'refused', postings: [] })];
    const client = new SocketClient(api.url);
    await client.opened();
    client.send({ type: 'subscribe', channel: 'wallet:ana' });
    expect(await client.next('subscribed')).toMatchObject({
      sequence: '1:8:0',
      snapshot: {
        ...{ coins: 90, plan: { name: 'pro' }, subscriptions: [], as_of: `payment_transactions:${partition}:8` },
        events: [{ type: 'gift_sent', with: 'ben', gift_type: 'ROSE', amount: 10, transaction_id: 't8' }],
      },
    });
    const credit = { kind: 'credit', counterpartyId: 'cy', amount: '6', originalId: 't-of-cy' };
    const refused = { outcome: 'refused', reason: 'insufficient_funds', postings: [] };
    lines = [line(11, refused), line(10, { ...credit, giftType: null }), line(9, credit), ...lines];
    tell();
    await client.next('event', 3);
    const about = client
      .of('event')
      .map(({ previous, sequence, data }) => ({ previous, sequence, ...(data as object) }));
    expect(about).toMatchObject([
      { previous: '1:8:0', sequence: '1:9:0', type: 'gift_received', with: 'cy', transaction_id: 't-of-cy', amount: 6 },
      { previous: '1:9:0', sequence: '1:10:0', type: 'tip_received', balances: { coins: 90 } },
      { previous: '1:10:0', sequence: '1:11:0', type: 'gift_refused', reason: 'insufficient_funds' },
    ]);
    expect(await client.next('state')).toMatchObject({ sequence: '1:11:0', data: { coins: 90 } });
    client.socket.close();
  });

  it('of which too much was missed tells what is gone, and shows the wallet', async () => {
    lines = Array.from({ length: 1_002 }, (_, i) => line(2_000 - i));
    const client = new SocketClient(api.url);
    await client.opened();
    client.send({ type: 'subscribe', channel: 'wallet:ana', after: '1:5:0' });
    const gap = { from: '1:5:0', to: '1:2000:0', reason: 'no_longer_kept', snapshot: { coins: 90 } };
    expect(await client.next('gap')).toMatchObject(gap);
    client.send({ type: 'subscribe', channel: 'wallet:ana', after: '1:1001:0' });
    await client.next('event', 999);
    expect(client.of('gap')).toHaveLength(1);
    client.socket.close();
  });
});
