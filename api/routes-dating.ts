// The routes of dating between people: candidates, swipes, matches, boosts, and what keeps people safe from each other.
import { self } from './access.ts';
import * as answers from './answers-dating.ts';
import { field, objectOf } from './fields.ts';
import { datingField } from './fields-dating.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import * as dating from './services/dating.ts';
import * as pairs from './services/dating-pairs.ts';
import * as spending from './services/dating-spending.ts';
import { type GetSwipes, getSwipes } from './services/dating-swipes-left.ts';

const keyed = { method: 'post', slug: 'dating', idempotent: true } as const;
const asked = { method: 'get', slug: 'dating' } as const;
const two = { user_id: field.id, target_user_id: field.id };
const bothNamed = Object.keys(two);

const getMatches = route<dating.GetMatches>({
  ...asked,
  path: '/api/grpc/dating/matches',
  access: self('user_id'),
  cost: costs.matching,
  summary: 'Who may suit a user: both sides’ wishes hold, nearest cells first, each score with its arithmetic',
  query: objectOf({ user_id: field.id, limit: field.limit, cursor: field.cursor }, ['user_id']),
  answer: answers.matchesPage,
  sees: ['ledger', 'pairs', 'dating'],
  run: dating.getMatches,
});

const swipe = route<spending.Swipe>({
  ...keyed,
  path: '/api/grpc/dating/swipe',
  access: self('user_id'),
  cost: costs.decision,
  budget: 'swipes',
  summary: 'Swipes: free while the day’s free swipes last, then paid; two that like each other are a match',
  body: objectOf({ ...two, direction: datingField.direction }, [...bothNamed, 'direction']),
  answer: answers.swiped,
  run: spending.swipe,
});

const undo = route<pairs.OfTwo>({
  ...keyed,
  path: '/api/grpc/dating/undo',
  access: self('user_id'),
  cost: costs.decision,
  summary: 'Takes the last swipe on somebody back, once, until it has made a match; what it cost comes back',
  body: objectOf(two, bothNamed),
  answer: answers.decided,
  run: pairs.undo,
});

const unlockMatch = route<spending.UnlockMatch>({
  ...keyed,
  path: '/api/grpc/dating/unlock',
  access: self('user_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Unlocks a match: held until the other side pays as well, or at once for both',
  body: objectOf({ ...two, match_id: field.id, mode: datingField.mode }, bothNamed),
  answer: answers.unlocked,
  run: spending.unlockMatch,
});

const boost = route<spending.Boost>({
  ...keyed,
  path: '/api/grpc/dating/boost',
  access: self('user_id'),
  cost: costs.decision,
  budget: 'money',
  summary: 'Shows a profile earlier for 30 minutes; a second boost prolongs the first',
  body: objectOf({ user_id: field.id }, ['user_id']),
  answer: answers.boosted,
  run: spending.boost,
});

const block = route<pairs.OfTwo>({
  ...keyed,
  path: '/api/grpc/dating/block',
  access: self('user_id'),
  cost: costs.decision,
  summary: 'Blocks somebody: from the answer on neither sees the other, and a match of the two has ended',
  body: objectOf(two, bothNamed),
  answer: answers.decided,
  run: pairs.block,
});

const unblock = route<pairs.OfTwo>({
  ...keyed,
  path: '/api/grpc/dating/unblock',
  access: self('user_id'),
  cost: costs.decision,
  summary: 'Lifts one’s own block; what it ended stays ended',
  body: objectOf(two, bothNamed),
  answer: answers.decided,
  run: pairs.unblock,
});

const report = route<pairs.Report>({
  ...keyed,
  path: '/api/grpc/dating/report',
  access: self('user_id'),
  cost: costs.decision,
  summary: 'Reports somebody, which holds like a block; the text is kept encrypted',
  body: objectOf({ ...two, reason: datingField.reason, text: datingField.text }, [...bothNamed, 'reason']),
  answer: answers.decided,
  run: pairs.report,
});

const getSwipesLeft = route<GetSwipes>({
  ...asked,
  path: '/api/dating/swipes',
  access: self('user_id'),
  summary: 'How many free swipes a user has left today, and when there are new ones',
  query: objectOf({ user_id: field.id }, ['user_id']),
  answer: answers.swipes,
  sees: ['ledger'],
  run: getSwipes,
});

const getRequest = route<pairs.GetRequest>({
  ...asked,
  path: '/api/dating/requests/{user_id}/{idempotency_key}',
  access: self('user_id'),
  summary: 'What a request of dating came to',
  params: objectOf({ user_id: field.id, idempotency_key: field.id }, ['user_id', 'idempotency_key']),
  query: objectOf({ target_user_id: field.id }, ['target_user_id']),
  answer: answers.request,
  sees: ['ledger', 'pairs'],
  run: pairs.getRequest,
});

export const datingRoutes: readonly Route[] = [
  getMatches,
  swipe,
  undo,
  unlockMatch,
  boost,
  block,
  unblock,
  report,
  getSwipesLeft,
  getRequest,
];
