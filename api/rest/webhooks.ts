// Where payment providers post: the raw bytes are verified and published before the answer; a bad signature leaves a count and nothing else.
import express, { type Request, type RequestHandler, Router } from 'express';
import { ProviderUnknown } from '../../infra/providers/provider.ts';
import { sizes } from '../limits/sizes.ts';
import type { Metrics } from '../metrics.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { otherMethod } from './adapter.ts';
import { sendRefusal } from './problem-answers.ts';

export const webhookPath = '/api/payments/webhooks/:provider';

/** A signature is over the bytes as they came: nothing may be inflated or parsed before. */
const readRaw = express.raw({ limit: sizes.webhookBytes, type: () => true, inflate: false });

export function webhookRouter(services: Services, metrics: Metrics): Router {
  const router = Router({ caseSensitive: true });
  const named: RequestHandler = (_request, response, next) => {
    response.locals.route = '/api/payments/webhooks/{provider}';
    next();
  };
  router.post(webhookPath, named, readRaw, async (request, response) => {
    const provider = String(request.params.provider);
    const refusal = await taken(services, provider, { request, requestId: String(response.locals.requestId) });
    if (services.payments.providers.has(provider))
      metrics.webhooks.inc({ provider, result: refusal?.reason ?? 'kept' });
    if (refusal) sendRefusal(response, refusal);
    else response.status(200).json({ received: true });
  });
  router.all(webhookPath, named, otherMethod(['POST']));
  return router;
}

type Posted = { readonly request: Request; readonly requestId: string };

async function taken(
  { payments, now }: Services,
  provider: string,
  { request, requestId }: Posted,
): Promise<Refusal | null> {
  if (!payments.providers.has(provider) || provider === 'local')
    return new Refusal('not_found', 'there is no such provider', { field: 'provider' });
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    const isGenuine = await payments.webhook(provider, { body, headers, now: now() }, requestId);
    return isGenuine ? null : new Refusal('bad_signature', 'the signature is not the provider’s');
  } catch (error) {
    if (error instanceof SyntaxError)
      return new Refusal('malformed_request', 'the body is not JSON', { field: 'body' });
    if (error instanceof ProviderUnknown)
      return new Refusal('unavailable', 'the signature cannot be verified now: send it again');
    throw error;
  }
}
