// The HTTP application: what every request passes, the pages, the routes, and the problems at the end.
import express, { type Express } from 'express';
import type { Log } from '../infra/log.ts';
import type { JsonSchema } from './fields.ts';
import type { Metrics } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import type { Services } from './ports.ts';
import { restRouter } from './rest/adapter.ts';
import { identityHeaders } from './rest/client.ts';
import { cors } from './rest/cors.ts';
import { inTurn } from './rest/direct.ts';
import { atTheDoor } from './rest/flood.ts';
import { httpMetrics } from './rest/http-metrics.ts';
import { knownHosts } from './rest/known-hosts.ts';
import { pages } from './rest/pages.ts';
import { onError, unknownRoute } from './rest/problem-answers.ts';
import { requestId } from './rest/request-id.ts';
import { securityHeaders } from './rest/security-headers.ts';
import { developing, type Web } from './rest/web.ts';
import { webhookRouter } from './rest/webhooks.ts';
import { routes } from './routes.ts';

export type AppParts = {
  readonly services: Services;
  readonly metrics: Metrics;
  readonly log: Log;
  /** JSON Schema of one event as clients post it. */
  readonly clientEvent: JsonSchema;
  readonly web?: Web;
};

export function createApp({ services, metrics, log, clientEvent, web = developing }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(
    inTurn(
      requestId,
      securityHeaders(web),
      identityHeaders(services),
      httpMetrics(metrics),
      knownHosts(web),
      cors(web),
      atTheDoor(services),
    ),
  );
  // Before anything reads the body as JSON.
  app.use(webhookRouter(services, metrics));
  app.use(restRouter(routes, services));
  app.use(pages(openApiOf(routes, clientEvent)));
  app.use(unknownRoute);
  app.use(onError(log));
  return app;
}
