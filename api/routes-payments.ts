// The routes of buying: a checkout, what became of it, and the page of the local provider.

import { valueShapes } from '../schemas/ids.ts';
import { anyUser, self } from './access.ts';
import * as answers from './answers-payments.ts';
import { field, objectOf } from './fields.ts';
import { moneyField } from './fields-money.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import { type CreateCheckout, completeLocal, createCheckout, getPayment, type OfPayment } from './services/payments.ts';

const ofPayment = objectOf({ payment_id: field.id }, ['payment_id']);
const checkoutFields = {
  user_id: field.id,
  product: valueShapes.name,
  provider: { ...moneyField.provider, default: 'auto', description: 'auto, or the name of a provider' },
  return_url: valueShapes.url,
};

export const paymentRoutes: readonly Route[] = [
  route<CreateCheckout>({
    method: 'post',
    path: '/api/payments/checkout',
    access: self('user_id'),
    cost: costs.checkout,
    budget: 'checkouts',
    slug: 'payments',
    idempotent: true,
    summary: 'Begins to buy coins, credits or a plan: where to send the buyer',
    body: objectOf(checkoutFields, ['user_id', 'product']),
    answer: answers.payment,
    run: createCheckout,
  }),
  route<OfPayment>({
    method: 'get',
    path: '/api/payments/{payment_id}',
    access: anyUser,
    slug: 'payments',
    summary: 'What became of a payment',
    params: ofPayment,
    answer: answers.payment,
    sees: ['payments'],
    run: getPayment,
  }),
  route<OfPayment>({
    method: 'post',
    path: '/api/payments/local/{payment_id}/complete',
    access: anyUser,
    cost: costs.decision,
    slug: 'payments',
    summary: 'Pays at the local provider, which moves no money',
    params: ofPayment,
    answer: answers.payment,
    statuses: [200, 202],
    run: completeLocal,
  }),
];
