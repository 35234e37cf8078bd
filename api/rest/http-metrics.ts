// Measures every request by route, method and status.
import type { RequestHandler } from 'express';
import type { Metrics } from '../metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

type Series = { observe(seconds: number): void };

export function httpMetrics({ httpSeconds }: Pick<Metrics, 'httpSeconds'>): RequestHandler {
  // The labels are looked up once for each: there are as many as routes, methods and statuses allow.
  const known = new Map<string, Series>();
  const seriesOf = (method: string, route: string, status: number): Series => {
    const name = `${status} ${method} ${route}`;
    const series = known.get(name) ?? httpSeconds.labels({ route, method, status });
    known.set(name, series);
    return series;
  };
  return (request, response, next) => {
    const begunAt = performance.now();
    response.once('close', () => {
      const route = (response.locals.route as string | undefined) ?? 'unmatched';
      const method = methods.has(request.method) ? request.method : 'other';
      seriesOf(method, route, response.statusCode).observe((performance.now() - begunAt) / 1_000);
    });
    next();
  };
}
