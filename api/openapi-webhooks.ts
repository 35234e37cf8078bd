// Where payment providers post, as the OpenAPI document tells it: it is no route of the table, for its body is verified byte by byte.
import { shape } from './answers.ts';
import type { JsonSchema } from './fields.ts';

const provider: JsonSchema = { type: 'string', enum: ['stripe', 'paypal'], description: 'one that is configured' };

export const webhookPaths = (problem: object) => ({
  '/api/payments/webhooks/{provider}': {
    post: {
      operationId: 'postApiPaymentsWebhooksProvider',
      summary: 'What a payment provider tells, with its signature in the headers that it uses',
      description:
        'For providers alone: the signature is verified over the bytes as they came (256 KiB at most, not compressed). ' +
        '401 `bad_signature` where it is not the provider’s; once it is in the log, 200. To be sent again after any other answer.',
      tags: ['payments'],
      parameters: [{ name: 'provider', in: 'path', required: true, schema: provider }],
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
      responses: {
        200: {
          description: 'It is in the log',
          content: { 'application/json': { schema: shape({ received: { const: true } }) } },
        },
        default: problem,
      },
    },
  },
});
