// Validation as a table: what is an event, what is not, and which field the refusal names.
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { futureMsMax, watchDurationMsMax } from '../../schemas/ids.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { checkEvent, clientActions, eventJsonSchema, type Loose } from '../../schemas/validate.ts';

const now = Date.UTC(2026, 10, 1, 12);
const view = { userId: 'ana', action: 'view', videoId: 'video1', watchDurationMs: 15_000 };

const asClient = (event: Loose) => checkEvent('user_activity', event, { client: true, now });
const asService = (event: Loose, topic: TopicName = 'user_activity') => checkEvent(topic, event, { now });
const problemOf = (checked: ReturnType<typeof asClient>) => (checked.ok ? null : checked.problem);

const good: [string, Loose][] = [
  ['a view', view],
  ['a view of 0 ms', { ...view, watchDurationMs: 0 }],
  ['a view of a whole day', { ...view, watchDurationMs: watchDurationMsMax }],
  ['an id of 128 characters', { ...view, videoId: 'v'.repeat(128) }],
  ['an id that the client made', { ...view, eventId: '0198f6ce-0000-7000-8000-000000000000' }],
  ['a skip without a watch time', { userId: 'ana', action: 'skip', videoId: 'video1' }],
  ['a skip whose watch time is null', { userId: 'ana', action: 'skip', videoId: 'video1', watchDurationMs: null }],
  ['a reason of the list', { userId: 'ana', action: 'not_interested', videoId: 'video1', reason: 'topic' }],
  ['a comment with a text', { userId: 'ana', action: 'comment', videoId: 'video1', text: 'well done' }],
  ['a follow without a video', { userId: 'ana', action: 'follow', creatorId: 'ben' }],
  ['a time in ms', { ...view, occurredAt: now }],
  ['a clock that is five minutes fast', { ...view, occurredAt: now + futureMsMax }],
];

const bad: [string, Loose, string, string][] = [
  ['no action', { userId: 'ana', videoId: 'video1' }, 'action', 'unknown_action'],
  [
    'a reason that is not in the list',
    { userId: 'ana', action: 'not_interested', videoId: 'video1', reason: 'mood' },
    'reason',
    'unknown_reason',
  ],
  ['an unknown action', { ...view, action: 'dance' }, 'action', 'unknown_action'],
  ['an action that is a number', { ...view, action: 7 }, 'action', 'unknown_action'],
  ['the default symbol', { ...view, action: 'unknown' }, 'action', 'unknown_action'],
  ['an action that every object has', { ...view, action: 'constructor' }, 'action', 'unknown_action'],
  [
    'a service’s action',
    { userId: 'ana', action: 'match', targetUserId: 'b', matchId: 'm' },
    'action',
    'not_client_action',
  ],
  ['no user', { action: 'view', videoId: 'video1', watchDurationMs: 1 }, 'userId', 'missing_field'],
  ['a user that is null', { ...view, userId: null }, 'userId', 'missing_field'],
  ['an empty user', { ...view, userId: '' }, 'userId', 'invalid_field'],
  ['a user with a space', { ...view, userId: 'a b' }, 'userId', 'invalid_field'],
  ['a user that is a number', { ...view, userId: 5 }, 'userId', 'invalid_field'],
  ['an id of 129 characters', { ...view, videoId: 'v'.repeat(129) }, 'videoId', 'invalid_field'],
  ['an id of 5,000 characters', { ...view, userId: 'u'.repeat(5_000) }, 'userId', 'invalid_field'],
  ['no video', { userId: 'ana', action: 'like' }, 'videoId', 'missing_field'],
  ['a follow of nobody', { userId: 'ana', action: 'follow' }, 'creatorId', 'missing_field'],
  ['no watch time', { userId: 'ana', action: 'view', videoId: 'video1' }, 'watchDurationMs', 'missing_field'],
  ['a negative watch time', { ...view, watchDurationMs: -1 }, 'watchDurationMs', 'invalid_field'],
  ['a watch time as text', { ...view, watchDurationMs: '15000' }, 'watchDurationMs', 'invalid_field'],
  ['a fraction of a ms', { ...view, watchDurationMs: 1.5 }, 'watchDurationMs', 'invalid_field'],
  ['more than a day', { ...view, watchDurationMs: watchDurationMsMax + 1 }, 'watchDurationMs', 'invalid_field'],
  ['a number beyond counting', { ...view, watchDurationMs: 1e300 }, 'watchDurationMs', 'invalid_field'],
  ['another action’s field', { ...view, direction: 'LEFT' }, 'direction', 'unknown_field'],
  ['a field of no action', { ...view, balance: 1 }, 'balance', 'unknown_field'],
  ['ciphertext from outside', { ...view, personal: 'AAAA' }, 'personal', 'unknown_field'],
  ['a client’s word on who it is', { ...view, actorId: 'ben' }, 'actorId', 'unknown_field'],
  ['a client’s word on the door', { ...view, source: 'import' }, 'source', 'unknown_field'],
  ['a client’s origin', { ...view, origin: 'import/x/1/0' }, 'origin', 'unknown_field'],
  ['an empty text', { userId: 'ana', action: 'comment', videoId: 'v', text: '' }, 'text', 'invalid_field'],
  [
    'a text of 2,001 characters',
    { userId: 'ana', action: 'comment', videoId: 'v', text: 'x'.repeat(2_001) },
    'text',
    'invalid_field',
  ],
  ['tomorrow', { ...view, occurredAt: now + 86_400_000 }, 'occurredAt', 'in_the_future'],
  ['just beyond five minutes', { ...view, occurredAt: now + futureMsMax + 1 }, 'occurredAt', 'in_the_future'],
  ['the future in words', { ...view, occurredAt: '2027-01-01T00:00:00Z' }, 'occurredAt', 'in_the_future'],
  ['a time before 1970', { ...view, occurredAt: -1 }, 'occurredAt', 'invalid_field'],
  ['a time in other words', { ...view, occurredAt: 'yesterday' }, 'occurredAt', 'invalid_field'],
  ['the 30th of February', { ...view, occurredAt: '2026-02-30T00:00:00Z' }, 'occurredAt', 'invalid_field'],
];

describe('what a client posts', () => {
  it.each(good)('accepts %s', (_, event) => {
    expect(asClient(event)).toMatchObject({ ok: true });
  });

  it.each(bad)('refuses %s', (_, event, field, reason) => {
    expect(problemOf(asClient(event))).toMatchObject({ field, reason, expected: expect.stringMatching(/.{5}/) });
  });

  it('names the actions that are allowed', () => {
    const allowed = ['view', 'skip', 'like', 'unlike', 'share', 'comment', 'follow', 'unfollow', 'not_interested'];
    expect(clientActions('user_activity')).toEqual(allowed);
    expect(problemOf(asClient({ ...view, action: 'dance' }))?.expected).toContain(allowed.join(', '));
  });

  it('names only one field where two are wrong', () => {
    expect(problemOf(asClient({ ...view, videoId: '!', watchDurationMs: -1 }))?.field).toMatch(
      /videoId|watchDurationMs/,
    );
  });

  it('reads times in ISO 8601 as ms', () => {
    const checked = asClient({ ...view, occurredAt: '2026-11-01T13:00:00.250+01:00' });
    expect(checked).toMatchObject({ ok: true, event: { occurredAt: now + 250 } });
  });

  it('leaves out what is null', () => {
    const checked = asClient({ userId: 'ana', action: 'follow', creatorId: 'ben', videoId: null });
    expect(checked).toEqual({ ok: true, event: { userId: 'ana', action: 'follow', creatorId: 'ben' } });
  });

  it('answers whatever it is given, and never with an exception', () => {
    const field = fc.constantFrom('userId', 'action', 'videoId', 'watchDurationMs', 'occurredAt', '__proto__', 'x');
    const value = fc.oneof(fc.anything(), fc.constantFrom('view', 'like', 'ana', 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, value)), (entries) => {
        const problem = problemOf(asClient(Object.fromEntries(entries)));
        if (problem) expect(problem.field).toBeTypeOf('string');
      }),
    );
  });
});

describe('what services publish', () => {
  const upload = { videoId: 'video1', action: 'uploaded', creatorId: 'ben', title: 'A title', category: 'music' };
  const gift = { accountId: 'ana', type: 'gift', counterpartyId: 'ben', asset: 'coin', idempotencyKey: 'k' };

  it('accepts the actions that clients may not post, and the envelope', () => {
    const swipe = {
      userId: 'ana',
      action: 'swipe',
      targetUserId: 'ben',
      direction: 'RIGHT',
      source: 'api',
      ruleSet: 2,
    };
    expect(asService(swipe)).toMatchObject({ ok: true });
    // As in logs of before there was a list.
    const objection = { userId: 'ana', action: 'not_interested', videoId: 'video1', reason: 'own words' };
    expect(asService({ ...swipe, ...objection, targetUserId: null, direction: null })).toMatchObject({ ok: true });
  });

  it.each<[string, TopicName, Loose, string]>([
    [
      'a direction that is none',
      'user_activity',
      { userId: 'a', action: 'swipe', targetUserId: 'b', direction: 'UP' },
      'direction',
    ],
    ['an upload from nowhere', 'video_uploads', upload, 'originalUrl'],
    ['an address that is none', 'video_uploads', { ...upload, originalUrl: 'not an address' }, 'originalUrl'],
    ['a file of the server', 'video_uploads', { ...upload, originalUrl: 'file:///etc/passwd' }, 'originalUrl'],
    ['31 tags', 'video_uploads', { ...upload, originalUrl: 'https://a.b/c', tags: Array(31).fill('t') }, 'tags'],
    ['a tag that is a number', 'video_uploads', { ...upload, originalUrl: 'https://a.b/c', tags: ['a', 1] }, 'tags'],
    ['an amount of 0', 'payment_transactions', { ...gift, amount: 0 }, 'amount'],
    ['half a coin', 'payment_transactions', { ...gift, amount: 0.5 }, 'amount'],
    ['a battle without an opponent', 'live_battles', { battleId: 'x', type: 'started', hostId: 'ana' }, 'opponentId'],
    ['a type of another topic', 'live_battles', { battleId: 'x', type: 'view' }, 'type'],
  ])('refuses %s', (_, topic, event, field) => {
    expect(problemOf(asService(event, topic))).toMatchObject({ field });
  });
});

describe('any event', () => {
  const value = fc.constantFrom(
    'ana',
    'video1',
    '',
    'a b',
    'topic',
    7,
    -1,
    1.5,
    now,
    true,
    null,
    undefined,
    '2026-10-01',
  );
  const names = [
    'userId',
    'videoId',
    'creatorId',
    'watchDurationMs',
    'reason',
    'text',
    'occurredAt',
    'eventId',
    'other',
  ];
  const fields = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  const action = fc.constantFrom(...clientActions('user_activity'), 'match', 'dance', 7, null);
  const anything = fc.record({ action, fields, isClient: fc.boolean() });
  const sample = { userId: 'ana', videoId: 'video1', creatorId: 'ben', watchDurationMs: 5 };

  it('is judged the same with empty fields, and is left as it was', () => {
    fc.assert(
      fc.property(anything, ({ action, fields, isClient }) => {
        const event: Loose = Object.freeze({ ...fields, action });
        const present = Object.fromEntries(
          Object.entries(event).filter(([, one]) => one !== null && one !== undefined),
        );
        const options = { client: isClient, now };
        const judged = checkEvent('user_activity', event, options);
        expect(judged).toEqual(checkEvent('user_activity', present, options));
        expect(judged).toEqual(checkEvent('user_activity', { ...event, nothing: null, none: undefined }, options));
      }),
    );
  });

  it('is taken where its schema takes it and its time is past, and no other', () => {
    const ajv = new Ajv({ strict: false });
    (formats as unknown as (instance: Ajv) => void)(ajv);
    const validate = ajv.compile(eventJsonSchema('user_activity', { client: true }));
    const like = fc.record({ action, fields, isSound: fc.boolean() });
    fc.assert(
      fc.property(like, ({ action, fields, isSound }) => {
        const { occurredAt: _time, ...timeless } = fields as Loose;
        const event: Loose = isSound ? { action, ...sample } : { action, ...sample, ...timeless };
        const kept = Object.entries(event).filter(([, one]) => one !== null && one !== undefined);
        expect(asClient(event).ok).toBe(validate(Object.fromEntries(kept)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the JSON Schema for documents', () => {
  it('shows a client only its actions and fields', () => {
    const { oneOf } = eventJsonSchema('user_activity', { client: true }) as { oneOf: { properties: object }[] };
    expect(oneOf.map(({ properties }) => (properties as { action: { const: string } }).action.const)).toEqual(
      clientActions('user_activity'),
    );
    for (const { properties } of oneOf) expect(properties).not.toHaveProperty('actorId');
  });

  // What only the platform writes has one shape, which its codec checks.
  const sources = (Object.keys(topics) as TopicName[]).filter(
    (topic) => topics[topic].kind === 'source' && topic !== 'payout_batches',
  );
  it.each(sources)('is one that a validator understands, for %s', (topic) => {
    const ajv = new Ajv({ strict: false });
    (formats as unknown as (instance: Ajv) => void)(ajv);
    expect(() => ajv.compile(eventJsonSchema(topic))).not.toThrow();
  });

  it('agrees with the validation', () => {
    const ajv = new Ajv({ strict: false });
    (formats as unknown as (instance: Ajv) => void)(ajv);
    const validate = ajv.compile(eventJsonSchema('user_activity', { client: true }));
    expect(validate(view)).toBe(true);
    expect(validate({ ...view, watchDurationMs: -1 })).toBe(false);
  });
});
