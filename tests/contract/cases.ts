// The table of the contract: per method messages and what they come to, in an order in which the later stand on the earlier.
import type { Reason } from '../../api/problems.ts';
import type { Message } from './doors.ts';

/** What the message of one of the two runs is made of: people are twins, -a in the one and -b in the other. */
export type Run = {
  readonly who: (name: string) => string;
  /** A value of an earlier answer of this run. */
  readonly kept: (name: string) => string;
};

export type Case = {
  readonly method: string;
  readonly says: string;
  readonly message: (run: Run) => Message;
  readonly comes: 'ok' | Reason;
  /** Its own for each run and door if absent; null: none is sent. */
  readonly key?: string | null;
  /** Members of the answer to be remembered: name in `kept`, path in the answer. */
  readonly keeps?: Readonly<Record<string, string>>;
};

type Row = readonly [says: string, message: (run: Run) => Message, comes?: 'ok' | Reason, more?: Partial<Case>];

const of = (method: string, rows: readonly Row[]): Case[] =>
  rows.map(([says, message, comes = 'ok', more = {}]) => ({ method, says, message, comes, ...more }));

const nothing = () => ({});
const like = (video_id: string) => (run: Run) => ({ user_id: run.who('ana'), video_id, action: 'like' });
const inFuture = new Date(Date.now() + 86_400_000).toISOString();

const feed: readonly Case[] = [
  ...of('feed.GetFeed', [
    ['a page', () => ({ user_id: 'reader', limit: 3 }), 'ok', { keeps: { page: 'next_cursor' } }],
    ['the next page', (run) => ({ user_id: 'reader', limit: 3, cursor: run.kept('page') })],
    ['a page of the default length', () => ({ user_id: 'reader' })],
    ['a page that is shown to nobody', () => ({ user_id: 'reader', limit: 1, unseen: true })],
    ['a page that has seen an event', (run) => ({ user_id: 'reader', limit: 1, token: run.kept('seen') })],
    ['a cursor of another user', (run) => ({ user_id: 'other', cursor: run.kept('page') }), 'invalid_field'],
    ['a cursor that never was', () => ({ user_id: 'reader', cursor: 'AAAAAAAAAAAAAAAA' }), 'invalid_field'],
    ['too long a page', () => ({ user_id: 'reader', limit: 101 }), 'invalid_field'],
    ['a place not in the log', () => ({ user_id: 'reader', token: 'user_activity:0:99999999' }), 'invalid_field'],
    ['a token of no topic', () => ({ user_id: 'reader', token: 'nowhere:0:1' }), 'invalid_field'],
  ]),
  ...of('feed.GetTrendingFeed', [
    ['a page', () => ({ limit: 2 }), 'ok', { keeps: { trending: 'next_cursor' } }],
    ['the next page', (run) => ({ limit: 2, cursor: run.kept('trending') })],
    ['of a window and a category', () => ({ window: 'week', category: 'music' })],
    ['of an unknown category', () => ({ category: 'nothing' })],
    ['no window', () => ({ window: 'year' }), 'invalid_field'],
    ['a cursor of another window', (run) => ({ window: 'week', cursor: run.kept('trending') }), 'invalid_field'],
  ]),
  ...of('feed.RecordInteraction', [
    ['a like', like('video-1')],
    ['a view', (run) => ({ user_id: run.who('ana'), video_id: 'video-1', action: 'view', watch_duration_ms: 1_500 })],
    ['a comment', (run) => ({ user_id: run.who('ana'), video_id: 'video-1', action: 'comment', text: 'Good!' })],
    ['a follow', (run) => ({ user_id: run.who('ana'), creator_id: 'maker', action: 'follow' })],
    ['with a reason', (run) => ({ ...like('video-2')(run), action: 'not_interested', reason: 'topic' })],
    ['at a time', (run) => ({ ...like('video-2')(run), occurred_at: '2026-01-02T03:04:05Z' })],
    ['nothing at all', nothing, 'unknown_action'],
    ['no such action', (run) => ({ ...like('video-1')(run), action: 'dance' }), 'unknown_action'],
    ['the action of a service', (run) => ({ ...like('video-1')(run), action: 'match' }), 'not_client_action'],
    ['without its video', (run) => ({ user_id: run.who('ana'), action: 'like' }), 'missing_field'],
    ['without its user', () => ({ video_id: 'video-1', action: 'like' }), 'missing_field'],
    ['a field of another action', (run) => ({ ...like('video-1')(run), watch_duration_ms: 5 }), 'unknown_field'],
    ['not an id', (run) => ({ ...like('not an id')(run) }), 'invalid_field'],
    ['no such reason', (run) => ({ ...like('v')(run), action: 'not_interested', reason: 'mood' }), 'unknown_reason'],
    ['from the future', (run) => ({ ...like('video-1')(run), occurred_at: inFuture }), 'in_the_future'],
    ['no time', (run) => ({ ...like('video-1')(run), occurred_at: 'yesterday' }), 'invalid_field'],
  ]),
  ...of('feed.RecordInteractions', [
    [
      'accepted and refused, each on its own',
      (run) => ({ events: [like('video-1')(run), { action: 'like' }, like('video-2')(run), { action: 'dance' }] }),
    ],
    ['none', () => ({ events: [] }), 'invalid_field'],
    ['too many', () => ({ events: Array.from({ length: 1_001 }, () => ({ action: 'like' })) }), 'too_large'],
  ]),
  ...of('xai.GetRecommendations', [
    ['a page', () => ({ user_id: 'reader', limit: 2 }), 'ok', { keeps: { receipt: 'recommendations.0.receipt_id' } }],
    ['a bad cursor', () => ({ user_id: 'reader', cursor: 'AAAAAAAAAAAAAAAA' }), 'invalid_field'],
  ]),
  ...of('xai.ExplainRecommendation', [
    ['a receipt', (run) => ({ receipt_id: run.kept('receipt') })],
    ['no such receipt', () => ({ receipt_id: 'none-such-0' }), 'not_found'],
    ['not an id', () => ({ receipt_id: 'not an id' }), 'invalid_field'],
  ]),
];

const two = (user: string, target: string) => (run: Run) => ({
  user_id: run.who(user),
  target_user_id: run.who(target),
});
const swipe = (user: string, target: string, direction: unknown) => (run: Run) => ({
  ...two(user, target)(run),
  direction,
});

const dating: readonly Case[] = [
  ...of('dating.GetMatches', [
    ['a page', () => ({ user_id: 'seer', limit: 2 }), 'ok', { keeps: { matches: 'next_cursor' } }],
    ['the next page', (run) => ({ user_id: 'seer', limit: 2, cursor: run.kept('matches') })],
    ['without a profile', () => ({ user_id: 'nobody' }), 'no_profile'],
    ['a bad cursor', () => ({ user_id: 'seer', cursor: 'AAAA' }), 'invalid_field'],
    ['of somebody gone', (run) => ({ user_id: run.who('gone') }), 'account_deleted'],
  ]),
  ...of('dating.Swipe', [
    ['to the right', swipe('ana', 'ben', 'RIGHT')],
    ['twice on one person', swipe('ana', 'ben', 'RIGHT'), 'already_swiped'],
    ['back, which makes a match', swipe('ben', 'ana', 'RIGHT')],
    ['to the left', swipe('ana', 'cleo', 'LEFT')],
    ['that costs', swipe('rich', 'ben', 'SUPER_LIKE')],
    ['without the coins', swipe('ana', 'dora', 'SUPER_LIKE'), 'insufficient_funds'],
    ['on oneself', swipe('ana', 'ana', 'RIGHT'), 'own_swipe'],
    ['on nobody', swipe('ana', 'nobody', 'RIGHT'), 'unknown_recipient'],
    ['without a profile', swipe('nobody', 'ana', 'RIGHT'), 'no_profile'],
    ['on whoever looks for others', swipe('ana', 'man', 'RIGHT'), 'not_suited'],
    ['of somebody gone', swipe('gone', 'ana', 'RIGHT'), 'account_deleted'],
    ['in no direction', swipe('ana', 'dora', 99), 'invalid_field'],
    ['without a key', swipe('ana', 'dora', 'RIGHT'), 'missing_field', { key: null }],
    ['with a bad key', swipe('ana', 'dora', 'RIGHT'), 'invalid_field', { key: 'not a key' }],
    ['under a key', swipe('ana', 'dora', 'RIGHT'), 'ok', { key: 'mine' }],
    ['another under that key', swipe('ana', 'eli', 'RIGHT'), 'idempotency_key_reused', { key: 'mine' }],
  ]),
  ...of('dating.GetSwipes', [
    ['what is left', (run) => ({ user_id: run.who('ana') })],
    ['of nobody', () => ({ user_id: 'nobody' })],
  ]),
  ...of('dating.Undo', [
    ['a swipe', two('ana', 'cleo')],
    ['what has made a match', two('ana', 'ben'), 'has_matched'],
    ['nothing', two('eli', 'fay'), 'nothing_to_undo'],
    ['oneself', two('ana', 'ana'), 'invalid_field'],
  ]),
  ...of('dating.UnlockMatch', [
    ['without the coins', two('ana', 'ben'), 'insufficient_funds'],
    ['no match', two('rich', 'dora'), 'no_match'],
    ['in no way', (run) => ({ ...two('rich', 'ben')(run), mode: 'half' }), 'invalid_field'],
    ['of rich ones, waiting', two('rich-one', 'rich-two')],
    ['by the other, too', two('rich-two', 'rich-one')],
    ['again', two('rich-one', 'rich-two'), 'already_unlocked'],
  ]),
  ...of('dating.Boost', [
    ['a boost', (run) => ({ user_id: run.who('rich') })],
    ['without the coins', (run) => ({ user_id: run.who('ana') }), 'insufficient_funds'],
    ['without a profile', () => ({ user_id: 'nobody' }), 'no_profile'],
  ]),
  ...of('dating.Block', [
    ['a block', two('eli', 'fay')],
    ['oneself', two('eli', 'eli'), 'invalid_field'],
  ]),
  ...of('dating.Swipe', [['on whoever has blocked', swipe('fay', 'eli', 'RIGHT'), 'blocked']]),
  ...of('dating.Unblock', [
    ['a block', two('eli', 'fay')],
    ['none', two('eli', 'dora'), 'not_blocked'],
  ]),
  ...of('dating.Report', [
    ['a report', (run) => ({ ...two('dora', 'fay')(run), reason: 'spam', text: 'Sells watches' })],
    ['for no reason', (run) => ({ ...two('dora', 'cleo')(run), reason: 'mood' }), 'invalid_field'],
  ]),
];

const gift = (sender: string, recipient: string, gift_type: unknown, more: Message = {}) => {
  return (run: Run) => ({ sender_id: run.who(sender), recipient_id: run.who(recipient), gift_type, ...more });
};
const subscription =
  (subscriber: string, creator: string, more: Message = {}) =>
  (run: Run) => ({
    subscriber_id: run.who(subscriber),
    creator_id: creator,
    ...more,
  });

const monetization: readonly Case[] = [
  ...of('monetization.SendGift', [
    ['a gift', gift('rich', 'ben', 'ROSE')],
    ['three, for a video', gift('rich', 'ben', 'HEART', { quantity: 3, video_id: 'video-1', battle_id: 'battle-1' })],
    ['without the coins', gift('ana', 'ben', 'CASTLE'), 'insufficient_funds'],
    ['to oneself', gift('rich', 'rich', 'ROSE'), 'own_gift'],
    ['to nobody', gift('rich', 'nobody', 'ROSE'), 'unknown_recipient'],
    ['of somebody gone', gift('gone', 'ben', 'ROSE'), 'account_deleted'],
    ['no such gift', gift('rich', 'ben', 99), 'invalid_field'],
    ['none of it', gift('rich', 'ben', 'ROSE', { quantity: 0 }), 'invalid_field'],
    ['without a key', gift('rich', 'ben', 'ROSE'), 'missing_field', { key: null }],
    ['with a bad key', gift('rich', 'ben', 'ROSE'), 'invalid_field', { key: 'not a key' }],
    ['under a key', gift('rich', 'ben', 'ROSE'), 'ok', { key: 'mine' }],
    ['another under that key', gift('rich', 'ben', 'HEART'), 'idempotency_key_reused', { key: 'mine' }],
  ]),
  ...of('monetization.SendTip', [
    ['a tip', (run) => ({ sender_id: run.who('rich'), recipient_id: run.who('ben'), amount: 7 })],
    ['of nothing', (run) => ({ sender_id: run.who('rich'), recipient_id: run.who('ben'), amount: 0 }), 'invalid_field'],
  ]),
  ...of('monetization.Subscribe', [
    ['to a creator', subscription('rich', 'maker', { tier: 2 })],
    ['again', subscription('rich', 'maker', { tier: 2 }), 'already_subscribed'],
    ['without the credits', subscription('ana', 'maker', { tier: 3 }), 'insufficient_funds'],
    ['to nobody', subscription('rich', 'nobody-at-all', { tier: 1 }), 'unknown_recipient'],
    ['to no tier', subscription('rich', 'maker', { tier: 4 }), 'invalid_field'],
  ]),
  ...of('monetization.CancelSubscription', [
    ['a subscription', subscription('rich', 'maker')],
    ['none', subscription('ana', 'maker'), 'not_subscribed'],
  ]),
  ...of('monetization.CancelPlan', [['none', (run) => ({ user_id: run.who('ana') }), 'no_plan']]),
  ...of('monetization.Unlock', [
    ['a premium video', (run) => ({ user_id: run.who('rich'), video_id: 'paid' }), 'ok'],
    ['again', (run) => ({ user_id: run.who('rich'), video_id: 'paid' }), 'already_unlocked'],
    ['a free video', (run) => ({ user_id: run.who('rich'), video_id: 'video-1' }), 'not_for_sale'],
    ['no video', (run) => ({ user_id: run.who('rich'), video_id: 'no-such-video' }), 'not_found'],
    ['without the coins', (run) => ({ user_id: run.who('ana'), video_id: 'paid' }), 'insufficient_funds'],
  ]),
  ...of('monetization.GetBalance', [
    ['now', (run) => ({ user_id: run.who('rich') })],
    ['of nobody', () => ({ user_id: 'nobody' })],
    ['of a time', () => ({ user_id: 'seer', as_of: '2026-01-02T03:04:05Z' })],
    ['of no time', () => ({ user_id: 'seer', as_of: 'yesterday' }), 'invalid_field'],
    [
      'of a place not in the log',
      () => ({ user_id: 'seer', token: 'payment_transactions:0:99999999' }),
      'invalid_field',
    ],
  ]),
];

const feedName = { service_name: 'feed-service', common_name: 'feed.profithack.internal' };
const security: readonly Case[] = [
  ...of('security.IssueCertificate', [
    ['a key made', () => ({ ...feedName, key_type: 'ECDSA_P256' }), 'ok', { keeps: { serial: 'serial_number' } }],
    ['in the place of another', (run) => ({ ...feedName, key_type: 'ECDSA_P256', replaces: run.kept('serial') })],
    ['of a name elsewhere', () => ({ ...feedName, common_name: 'feed.example.com' }), 'invalid_field'],
    ['of no request', () => ({ ...feedName, csr: 'nothing' }), 'invalid_csr'],
    ['in the place of none', () => ({ ...feedName, replaces: 'abcdef' }), 'unknown_certificate'],
  ]),
  ...of('security.RevokeCertificate', [
    ['of none', () => ({ serial_number: 'abcdef', reason: 'superseded' }), 'unknown_certificate'],
  ]),
  ...of('security.GetCrl', [['now', nothing]]),
  ...of('security.ListCertificates', [
    ['a page', () => ({ limit: 1, service_name: 'feed-service' }), 'ok', { keeps: { certificates: 'next_cursor' } }],
    ['the next page', (run) => ({ limit: 1, service_name: 'feed-service', cursor: run.kept('certificates') })],
    ['of one status', () => ({ status: 'valid', common_name: 'feed.profithack.internal' })],
    ['of no time', () => ({ expires_before: 'soon' }), 'invalid_field'],
    ['a cursor that never was', () => ({ cursor: 'AAAA' }), 'invalid_field'],
  ]),
];

const toCome: readonly Case[] = [
  'sora.GenerateVideo',
  'sora.GetJob',
  'chaos.InjectLatency',
  'chaos.InjectFailure',
  'chaos.Clear',
  'moderation.AnalyzeContent',
  'acquisition.ScrapeAndGenerate',
  'acquisition.GetJob',
  'seo.SubmitSitemap',
  'seo.SubmitAppMetadata',
  'marketplace.PopulateProducts',
].flatMap((method) =>
  of(method, [['is not built yet', () => (method.endsWith('GetJob') ? { job_id: 'job-1' } : {}), 'not_implemented']]),
);

export const cases: readonly Case[] = [...feed, ...dating, ...monetization, ...security, ...toCome];
