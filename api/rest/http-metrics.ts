// Measures every request by route, method and status.
import type { RequestHandler } from 'express';
import type { Metrics } from '../metrics.ts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function httpMetrics(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.httpSeconds.startTimer();
    response.once('close', () => {
      const route = (response.locals.route as string | undefined) ?? 'unmatched';
      const method = methods.has(request.method) ? request.method : 'other';
      stop({ route, method, status: response.statusCode });
    });
    next();
  };
}
