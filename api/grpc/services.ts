// The gRPC services: each method is a route, and runs exactly as its REST twin does.
import type { GrpcName } from '../../infra/config.ts';
import type { Fields } from '../names.ts';
import type { Part } from '../ports.ts';
import type { Route } from '../route.ts';
import { routes } from '../routes.ts';

export type GrpcMethod = {
  readonly route: Route;
  /** The fields of the request that a message is, where it is not their object itself. */
  readonly given?: (message: Fields) => Fields;
  /** The message that an answer is, where it is no object. */
  readonly shown?: (answer: unknown) => object;
  /** Asked for so often that its calls are taken off the connection without grpc-js. */
  readonly isHot?: boolean;
};

export type GrpcService = {
  /** Of the ports in the configuration; its file is schemas/proto/NAME.proto. */
  readonly name: GrpcName;
  /** The full name of the service in that file. */
  readonly service: string;
  /** What has to be there before it is healthy; null: it is not built yet, and never is. */
  readonly needs: readonly Part[] | null;
  readonly methods: Readonly<Record<string, GrpcMethod>>;
};

/** @param twin method and path of the REST route, as in `GET /api/grpc/feed` */
function at(twin: string, shapes: Omit<GrpcMethod, 'route'> = {}): GrpcMethod {
  const route = routes.find(({ method, path }) => `${method.toUpperCase()} ${path}` === twin);
  if (!route) throw new Error(`there is no route ${twin}`);
  return { route, ...shapes };
}

export const grpcServices: readonly GrpcService[] = [
  {
    name: 'feed',
    service: 'profithack.feed.Feed',
    needs: ['videos', 'log'],
    methods: {
      GetFeed: at('GET /api/grpc/feed', { isHot: true }),
      GetTrendingFeed: at('GET /api/grpc/feed/trending', { isHot: true }),
      RecordInteraction: at('POST /api/events', { given: (event) => ({ body: event }) }),
      RecordInteractions: at('POST /api/events', {
        given: ({ events = [] }) => ({ body: events }),
        shown: (results) => ({ results }),
      }),
    },
  },
  {
    name: 'xai',
    service: 'profithack.xai.Xai',
    needs: ['videos'],
    methods: {
      GetRecommendations: at('GET /api/grpc/xai/recommendations', { isHot: true }),
      ExplainRecommendation: at('GET /api/grpc/xai/explain/{receipt_id}'),
    },
  },
  {
    name: 'dating',
    service: 'profithack.dating.Dating',
    needs: ['videos', 'log', 'people'],
    methods: {
      GetMatches: at('GET /api/grpc/dating/matches'),
      GetSwipes: at('GET /api/dating/swipes'),
      Swipe: at('POST /api/grpc/dating/swipe'),
      Undo: at('POST /api/grpc/dating/undo'),
      UnlockMatch: at('POST /api/grpc/dating/unlock'),
      Boost: at('POST /api/grpc/dating/boost'),
      Block: at('POST /api/grpc/dating/block'),
      Unblock: at('POST /api/grpc/dating/unblock'),
      Report: at('POST /api/grpc/dating/report'),
    },
  },
  {
    name: 'monetization',
    service: 'profithack.monetization.Monetization',
    needs: ['videos', 'log', 'statements'],
    methods: {
      SendGift: at('POST /api/grpc/monetization/gift'),
      SendTip: at('POST /api/grpc/monetization/tip'),
      Subscribe: at('POST /api/grpc/monetization/subscribe'),
      CancelSubscription: at('POST /api/grpc/monetization/cancel-subscription'),
      CancelPlan: at('POST /api/grpc/monetization/cancel-plan'),
      Unlock: at('POST /api/grpc/monetization/unlock'),
      GetBalance: at('GET /api/wallets/{user_id}'),
    },
  },
  {
    name: 'sora',
    service: 'profithack.sora.Sora',
    needs: null,
    methods: { GenerateVideo: at('POST /api/grpc/sora/generate'), GetJob: at('GET /api/grpc/sora/jobs/{job_id}') },
  },
  {
    name: 'chaos',
    service: 'profithack.chaos.Chaos',
    needs: null,
    methods: {
      InjectLatency: at('POST /api/grpc/chaos/latency'),
      InjectFailure: at('POST /api/grpc/chaos/failure'),
      Clear: at('POST /api/grpc/chaos/clear'),
    },
  },
  {
    name: 'moderation',
    service: 'profithack.moderation.Moderation',
    needs: null,
    methods: { AnalyzeContent: at('POST /api/grpc/moderation/analyze') },
  },
  {
    name: 'security',
    service: 'profithack.security.Security',
    needs: ['security'],
    methods: {
      IssueCertificate: at('POST /api/grpc/security/issue-cert'),
      RevokeCertificate: at('POST /api/grpc/security/revoke-cert'),
      GetCrl: at('GET /api/grpc/security/crl'),
      ListCertificates: at('GET /api/grpc/security/certificates'),
    },
  },
  {
    name: 'acquisition',
    service: 'profithack.acquisition.Acquisition',
    needs: null,
    methods: {
      ScrapeAndGenerate: at('POST /api/grpc/acquisition/scrape-generate'),
      GetJob: at('GET /api/grpc/acquisition/jobs/{job_id}'),
    },
  },
  {
    name: 'seo',
    service: 'profithack.seo.Seo',
    needs: null,
    methods: {
      SubmitSitemap: at('POST /api/grpc/seo/submit-sitemap'),
      SubmitAppMetadata: at('POST /api/grpc/seo/submit-app-metadata'),
    },
  },
  {
    name: 'marketplace',
    service: 'profithack.marketplace.Marketplace',
    needs: null,
    methods: { PopulateProducts: at('POST /api/grpc/marketplace/populate') },
  },
];

/** The methods that run a route, as in `profithack.feed.Feed/GetFeed`. */
export function twinsOf(route: Route): string[] {
  return grpcServices.flatMap(({ service, methods }) =>
    Object.entries(methods).flatMap(([name, method]) => (method.route === route ? `${service}/${name}` : [])),
  );
}
