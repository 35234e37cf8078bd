// The routes of money: requests that move it, and everything that can be asked about it.
import { anyone, onlyRoles, self, selfIfNamed } from './access.ts';
import * as answers from './answers-money.ts';
import { field, objectOf } from './fields.ts';
import { moneyField } from './fields-money.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import * as monetization from './services/monetization.ts';
import * as figures from './services/money-figures.ts';
import { type GetPlayback, getPlayback } from './services/playback.ts';
import * as wallets from './services/wallets.ts';

const about = { video_id: field.id, battle_id: field.id };
const parties = { sender_id: field.id, recipient_id: field.id };
const subscriber = { subscriber_id: field.id, creator_id: field.id };
const keyed = { method: 'post', slug: 'monetization', idempotent: true } as const;
const asked = { method: 'get', slug: 'monetization' } as const;
const ofUser = objectOf({ user_id: field.id }, ['user_id']);

const sendGift = route<monetization.SendGift>({
  ...keyed,
  path: '/api/grpc/monetization/gift',
  access: self('sender_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Sends a gift: the recipient gets 55 % of its coins, rounded up',
  body: objectOf({ ...parties, gift_type: moneyField.giftType, quantity: moneyField.quantity, ...about }, [
    ...Object.keys(parties),
    'gift_type',
  ]),
  answer: answers.spent,
  run: monetization.sendGift,
});

const sendTip = route<monetization.SendTip>({
  ...keyed,
  path: '/api/grpc/monetization/tip',
  access: self('sender_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Sends any number of coins',
  body: objectOf({ ...parties, amount: moneyField.tip, ...about }, [...Object.keys(parties), 'amount']),
  answer: answers.spent,
  run: monetization.sendTip,
});

const subscribe = route<monetization.Subscribe>({
  ...keyed,
  path: '/api/grpc/monetization/subscribe',
  access: self('subscriber_id'),
  cost: costs.decision,
  budget: 'money',
  summary:
    'Subscribes to a creator, pays what is due, resumes what was cancelled, or changes the tier of the next month',
  body: objectOf({ ...subscriber, tier: moneyField.tier }, [...Object.keys(subscriber), 'tier']),
  answer: answers.subscribed,
  run: monetization.subscribe,
});

const cancelSubscription = route<monetization.CancelSubscription>({
  ...keyed,
  path: '/api/grpc/monetization/cancel-subscription',
  access: self('subscriber_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Ends a subscription when the month that is paid is over',
  body: objectOf(subscriber, Object.keys(subscriber)),
  answer: answers.subscribed,
  run: monetization.cancelSubscription,
});

const cancelPlan = route<monetization.CancelPlan>({
  ...keyed,
  path: '/api/grpc/monetization/cancel-plan',
  access: self('user_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Ends a plan when the month that is paid is over, and the billing of whoever renews it',
  body: objectOf({ user_id: field.id }, ['user_id']),
  answer: answers.planCancelled,
  run: monetization.cancelPlan,
});

const unlock = route<monetization.Unlock>({
  ...keyed,
  path: '/api/grpc/monetization/unlock',
  access: self('user_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Unlocks a premium video for good, at its price',
  body: objectOf({ user_id: field.id, video_id: field.id }, ['user_id', 'video_id']),
  answer: answers.spent,
  run: monetization.unlock,
});

const getBalance = route<wallets.GetWallet>({
  ...asked,
  path: '/api/wallets/{user_id}',
  access: self('user_id', 'operator'),
  summary: 'What a user has, now or as of a time or position',
  params: ofUser,
  query: objectOf({ as_of: moneyField.asOf }),
  answer: answers.wallet,
  sees: ['ledger'],
  run: wallets.getWallet,
});

const statement = { limit: field.limit, cursor: field.cursor };

const accountRoutes: readonly Route[] = [
  route<wallets.GetStatement>({
    ...asked,
    path: '/api/wallets/{user_id}/statement',
    access: self('user_id', 'operator'),
    cost: costs.rows,
    summary: 'Every decision about an account, newest first, each with the event that it is about',
    params: ofUser,
    query: objectOf({ ...statement, format: moneyField.format }),
    answer: answers.statement,
    sees: ['ledger', 'statements'],
    run: wallets.getStatement,
  }),
  route<Omit<wallets.GetStatement, 'format'>>({
    ...asked,
    path: '/api/wallets/{user_id}/statement.csv',
    access: self('user_id', 'operator'),
    cost: costs.rows,
    summary: 'The same as CSV; the header x-next-cursor has the next page',
    params: ofUser,
    query: objectOf(statement),
    answer: { type: 'string' },
    produces: 'text/csv; charset=utf-8',
    sees: ['ledger', 'statements'],
    run: (services, request) => wallets.getStatement(services, { ...request, format: 'csv' }),
  }),
  route<{ user_id: string }>({
    ...asked,
    path: '/api/wallets/{user_id}/subscriptions',
    access: self('user_id', 'operator'),
    summary: 'What a user may see and use: plan, subscriptions, unlocked videos',
    params: ofUser,
    answer: answers.subscriptions,
    sees: ['ledger'],
    run: wallets.getSubscriptions,
  }),
  route<{ id: string }>({
    ...asked,
    path: '/api/creators/{id}/earnings',
    access: self('id', 'operator'),
    summary: 'What a creator has earned, by stream, and what of it can be paid out',
    params: objectOf({ id: field.id }, ['id']),
    answer: answers.earnings,
    sees: ['ledger'],
    run: wallets.getEarnings,
  }),
  route<wallets.GetRequest>({
    ...asked,
    path: '/api/ledger/requests/{account_id}/{idempotency_key}',
    access: self('account_id', 'operator'),
    summary: 'What a request for money came to',
    params: objectOf({ account_id: field.id, idempotency_key: field.id }, ['account_id', 'idempotency_key']),
    answer: answers.request,
    sees: ['ledger'],
    run: wallets.getRequest,
  }),
];

const payoutFields = {
  creator_id: field.id,
  asset: moneyField.asset,
  amount: moneyField.amount,
  provider: moneyField.provider,
  destination: moneyField.destination,
};

const payoutRoutes: readonly Route[] = [
  route<monetization.RequestPayout>({
    ...keyed,
    path: '/api/payouts',
    access: self('creator_id'),
    cost: costs.decision,
    budget: 'money',
    summary: 'Asks for earnings to be paid out: they are held until the provider has paid, and come back if it cannot',
    body: objectOf(payoutFields, Object.keys(payoutFields)),
    answer: answers.payoutHeld,
    run: monetization.requestPayout,
  }),
  route<figures.GetPayout>({
    ...asked,
    path: '/api/payouts/{payout_id}',
    access: self('creator_id', 'operator'),
    summary: 'What has become of a payout',
    params: objectOf({ payout_id: field.id }, ['payout_id']),
    query: objectOf({ creator_id: field.id }, ['creator_id']),
    answer: answers.payout,
    sees: ['ledger', 'statements'],
    run: figures.getPayout,
  }),
];

const figureRoutes: readonly Route[] = [
  route<object>({
    ...asked,
    path: '/api/products',
    access: anyone,
    isSlow: true,
    summary: 'What can be bought, what it costs, what it brings',
    answer: answers.products,
    run: figures.getProducts,
  }),
  route<figures.GetGiftBoard>({
    ...asked,
    path: '/api/leaderboards/gifts',
    access: anyone,
    summary: 'Who has received or sent the most coins as gifts and tips: today, this week (UTC), or ever',
    query: objectOf({ side: moneyField.side, window: moneyField.giftWindow, limit: field.limit }),
    answer: answers.giftBoard,
    sees: ['statements'],
    run: figures.getGiftBoard,
  }),
  route<figures.GetRevenue>({
    ...asked,
    path: '/api/revenue',
    access: onlyRoles('operator', 'analyst'),
    cost: costs.survey,
    summary: 'What was spent, by hour, stream and asset, and the creators’ part of it',
    query: objectOf({ from: moneyField.time, to: moneyField.time }, ['from']),
    answer: answers.revenue,
    sees: ['statements'],
    run: figures.getRevenue,
  }),
  route<GetPlayback>({
    ...asked,
    slug: 'videos',
    path: '/api/videos/{id}/playback',
    access: selfIfNamed('user_id'),
    summary: 'Where a video can be played and why this user may; 402 with what it costs where not',
    params: objectOf({ id: field.id }, ['id']),
    query: objectOf({ user_id: field.id }),
    answer: answers.playback,
    sees: ['feed', 'ledger'],
    run: getPlayback,
  }),
];

export const moneyRoutes: readonly Route[] = [
  sendGift,
  sendTip,
  subscribe,
  cancelSubscription,
  cancelPlan,
  unlock,
  getBalance,
  ...accountRoutes,
  ...payoutRoutes,
  ...figureRoutes,
];
