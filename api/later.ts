// The routes of services that are specified but not built yet: each answers 501 (UNIMPLEMENTED in gRPC) and names its service.
import { anyone } from './access.ts';
import { Refusal } from './problems.ts';
import type { Method, Route } from './route.ts';

type Later = readonly [service: string, method: Method, path: string];

const later: readonly Later[] = [
  ['Sora text-to-video', 'post', '/api/grpc/sora/generate'],
  ['Sora text-to-video', 'get', '/api/grpc/sora/jobs/{job_id}'],
  ['Chaos', 'post', '/api/grpc/chaos/latency'],
  ['Chaos', 'post', '/api/grpc/chaos/failure'],
  ['Chaos', 'post', '/api/grpc/chaos/clear'],
  ['Moderation', 'post', '/api/grpc/moderation/analyze'],
  ['Zero-trust security', 'post', '/api/grpc/security/issue-cert'],
  ['Zero-trust security', 'post', '/api/grpc/security/revoke-cert'],
  ['Zero-trust security', 'get', '/api/grpc/security/crl'],
  ['Zero-trust security', 'get', '/api/grpc/security/certificates'],
  ['Content acquisition', 'post', '/api/grpc/acquisition/scrape-generate'],
  ['Content acquisition', 'get', '/api/grpc/acquisition/jobs/{job_id}'],
  ['SEO / ASO', 'post', '/api/grpc/seo/submit-sitemap'],
  ['SEO / ASO', 'post', '/api/grpc/seo/submit-app-metadata'],
  ['Marketplace', 'post', '/api/grpc/marketplace/populate'],
];

export const laterRoutes: readonly Route[] = later.map(([service, method, path]) => ({
  method,
  path,
  slug: 'later',
  access: anyone,
  summary: `${service}: not built yet`,
  answer: { $ref: '#/components/schemas/Problem' },
  run: () => new Refusal('not_implemented', `the service ${service} is not built yet`),
}));
