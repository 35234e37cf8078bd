// The one table of routes: REST, the OpenAPI document and the metrics are made from it.
import { anyone, anyUser, onlyRoles, operatorOrScraper, self } from './access.ts';
import * as answers from './answers.ts';
import { field, objectOf } from './fields.ts';
import { laterRoutes } from './later.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import { datingRoutes } from './routes-dating.ts';
import { identityRoutes } from './routes-identity.ts';
import { moneyRoutes } from './routes-money.ts';
import { paymentRoutes } from './routes-payments.ts';
import { peopleRoutes } from './routes-people.ts';
import { securityRoutes } from './routes-security.ts';
import { getArchitecture, type TrackView, trackView } from './services/demo.ts';
import { recordInteraction, recordInteractions } from './services/events.ts';
import { getExperiment, getExperiments } from './services/experiments.ts';
import {
  explainRecommendation,
  type GetFeed,
  type GetTrendingFeed,
  getFeed,
  getRecommendations,
  getTrendingFeed,
} from './services/feed.ts';
import { type GetEffect, type GetWhyNot, getEffect, getWhyNot } from './services/feedback.ts';
import { getHealth, getReady } from './services/health.ts';
import { type GetLeaderboard, getTopCreators, getTopVideos } from './services/leaderboards.ts';
import { type GetHistory, getHistory } from './services/users.ts';
import { type GetVideo, getVideo } from './services/videos.ts';

const page = { limit: field.limit, cursor: field.cursor };
const ofUser = objectOf({ user_id: field.id, ...page }, ['user_id']);
const feedSees = ['history', 'engagement', 'trending', 'feed'];
const accepted = (answer: unknown) => (Array.isArray(answer) ? 200 : 202);

const feedRoutes: readonly Route[] = [
  route<GetFeed>({
    method: 'get',
    path: '/api/grpc/feed',
    access: self('user_id'),
    cost: costs.ranking,
    slug: 'feed',
    summary: 'The feed of a user: ranked, explained, with receipts',
    query: objectOf({ user_id: field.id, ...page, unseen: field.unseen }, ['user_id']),
    answer: answers.feedPage,
    sees: feedSees,
    run: getFeed,
  }),
  route<GetTrendingFeed>({
    method: 'get',
    path: '/api/grpc/feed/trending',
    access: anyone,
    cost: costs.ranking,
    slug: 'feed',
    summary: 'What is rising now, the same for everyone: in an hour, a day or a week, in all or in one category',
    query: objectOf({ ...page, window: field.window, category: field.category }),
    answer: answers.trendingPage,
    sees: feedSees,
    run: getTrendingFeed,
  }),
  route<GetFeed>({
    method: 'get',
    path: '/api/grpc/xai/recommendations',
    access: self('user_id'),
    cost: costs.ranking,
    slug: 'feed',
    summary: 'The same ranking, as recommendations',
    query: ofUser,
    answer: answers.recommendationsPage,
    sees: feedSees,
    run: getRecommendations,
  }),
  route<{ receipt_id: string }>({
    method: 'get',
    path: '/api/grpc/xai/explain/{receipt_id}',
    access: anyUser,
    isSlow: true,
    slug: 'feed',
    summary: 'Why a video was shown: every factor, its inputs, and the records behind them',
    params: objectOf({ receipt_id: field.id }, ['receipt_id']),
    answer: answers.receipt,
    run: explainRecommendation,
  }),
  route<GetWhyNot>({
    method: 'get',
    path: '/api/grpc/feed/why-not',
    access: self('user_id'),
    cost: costs.rankings,
    slug: 'feed',
    summary: 'Why a video is not in the feed of a user: the reasons of all filters, or its place and its scores',
    query: objectOf({ user_id: field.id, video_id: field.id }, ['user_id', 'video_id']),
    answer: answers.whyNot,
    sees: feedSees,
    run: getWhyNot,
  }),
  route<GetEffect>({
    method: 'get',
    path: '/api/feedback/{event_id}/effect',
    access: self('user_id'),
    cost: costs.rankings,
    slug: 'feed',
    summary:
      'What a "not interested", a skip, a block or a report has done to the feed: a share of the next items before and after',
    params: objectOf({ event_id: field.id }, ['event_id']),
    query: objectOf({ user_id: field.id, items: field.items }),
    answer: answers.effect,
    sees: feedSees,
    run: getEffect,
  }),
];

const eventRoutes: readonly Route[] = [
  route<{ body: unknown }>({
    method: 'post',
    path: '/api/events',
    access: anyUser,
    cost: ({ body }) => (Array.isArray(body) ? Math.max(1, body.length) : 1),
    slug: 'events',
    summary: 'Posts what a user did: one event, or an array of at most 1,000, each accepted or refused on its own',
    wholeBody: { $ref: '#/components/schemas/ClientEvents' },
    answer: answers.eventResult,
    status: accepted,
    run: (services, { body }, call) =>
      Array.isArray(body) ? recordInteractions(services, body, call) : recordInteraction(services, body, call),
  }),
  route<TrackView>({
    method: 'post',
    path: '/api/demo/track-view',
    access: self('user_id'),
    slug: 'demo',
    summary: 'Posts a view',
    body: objectOf({ user_id: field.id, video_id: field.id, watch_duration_ms: field.watchDurationMs }, [
      'user_id',
      'video_id',
      'watch_duration_ms',
    ]),
    answer: answers.acknowledgement,
    status: accepted,
    run: trackView,
  }),
];

const readRoutes: readonly Route[] = [
  route<GetFeed>({
    method: 'get',
    path: '/api/demo/feed',
    access: self('user_id'),
    cost: costs.ranking,
    slug: 'demo',
    summary: 'The feed of a user, as the first thing to try',
    query: ofUser,
    answer: answers.feedPage,
    sees: feedSees,
    run: getFeed,
  }),
  route<object>({
    method: 'get',
    path: '/api/demo/architecture',
    access: onlyRoles('operator', 'analyst'),
    cost: costs.survey,
    slug: 'demo',
    summary: 'Processors, topics, offsets, lag and stores as they are at this moment',
    answer: answers.architecture,
    run: getArchitecture,
  }),
  route<GetVideo>({
    method: 'get',
    path: '/api/videos/{id}',
    access: anyone,
    slug: 'videos',
    summary: 'A video and its live figures',
    params: objectOf({ id: field.id }, ['id']),
    answer: answers.video,
    sees: ['feed', 'engagement', 'trending'],
    run: getVideo,
  }),
  route<GetHistory & { id: string }>({
    method: 'get',
    path: '/api/users/{id}/history',
    access: self('id'),
    cost: costs.rows,
    slug: 'users',
    summary: 'What a user did, newest first',
    params: objectOf({ id: field.id }, ['id']),
    query: objectOf(page),
    answer: answers.historyPage,
    sees: ['history'],
    run: (services, { id, ...rest }) => getHistory(services, { ...rest, user_id: id }),
  }),
];

const experimentRoutes: readonly Route[] = [
  route<{ limit: number }>({
    method: 'get',
    path: '/api/experiments',
    access: onlyRoles('operator', 'analyst'),
    slug: 'experiments',
    summary: 'The experiments on the feed, running and stopped, newest first',
    query: objectOf({ limit: field.limit }),
    answer: answers.experiments,
    run: getExperiments,
  }),
  route<{ id: string }>({
    method: 'get',
    path: '/api/experiments/{id}',
    access: onlyRoles('operator', 'analyst'),
    slug: 'experiments',
    summary:
      'What an experiment has shown so far: users, means with intervals, differences to the control, sample-ratio check',
    params: objectOf({ id: field.id }, ['id']),
    answer: answers.experiment,
    sees: ['experiments'],
    run: getExperiment,
  }),
];

const leaderboardRoutes: readonly Route[] = [
  route<GetLeaderboard>({
    method: 'get',
    path: '/api/leaderboards/top_videos',
    access: anyone,
    slug: 'leaderboards',
    summary: 'The published videos with the most points: viewers, 3 a like, 5 a share, 2 a comment, each person once',
    query: objectOf({ limit: field.limit }),
    answer: answers.topVideos,
    sees: ['engagement'],
    run: getTopVideos,
  }),
  route<GetLeaderboard>({
    method: 'get',
    path: '/api/leaderboards/top_creators',
    access: anyone,
    slug: 'leaderboards',
    summary: 'The creators whose published videos have the most points together',
    query: objectOf({ limit: field.limit }),
    answer: answers.topCreators,
    sees: ['engagement'],
    run: getTopCreators,
  }),
];

const operatorRoutes: readonly Route[] = [
  route<object>({
    method: 'get',
    path: '/api/health',
    access: anyone,
    cost: costs.survey,
    slug: 'health',
    summary: 'Every dependency: whether it answers, how fast, and why not; 503 if one is down',
    answer: answers.health,
    status: (answer) => ((answer as { status: string }).status === 'down' ? 503 : 200),
    run: getHealth,
  }),
  route<object>({
    method: 'get',
    path: '/api/ready',
    access: anyone,
    slug: 'health',
    summary: '200 once the demo feed has items, 503 before',
    answer: answers.ready,
    run: getReady,
  }),
];

const metricsRoute = route<object>({
  method: 'get',
  path: '/api/metrics/prometheus',
  access: operatorOrScraper,
  cost: costs.survey,
  slug: 'health',
  summary: 'Metrics in the text format of Prometheus',
  answer: { type: 'string' },
  produces: 'text/plain; version=0.0.4; charset=utf-8',
  run: (services) => services.metrics.scrape(() => services.topology),
});

export const routes: readonly Route[] = [
  ...identityRoutes,
  ...feedRoutes,
  ...eventRoutes,
  ...readRoutes,
  ...experimentRoutes,
  ...leaderboardRoutes,
  ...moneyRoutes,
  ...paymentRoutes,
  ...datingRoutes,
  ...peopleRoutes,
  ...securityRoutes,
  ...operatorRoutes,
  metricsRoute,
  ...laterRoutes,
];
