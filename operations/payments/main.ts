// `npm run payments -- show | refund`: what became of a payment, and an operator's refund of one, in whole or in part.
import { Command, InvalidArgumentError } from 'commander';
import { v7 as uuidv7 } from 'uuid';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import type { Payment } from '../../processors/payments/domain.ts';
import { statusOf } from '../../processors/payments/domain-state.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { type PaymentLifeInput, paymentLifeProducer } from '../../producers/payment-life.ts';
import { Publisher } from '../../producers/publish.ts';
import { StateReader } from '../../projections/state-reader.ts';
import { idPattern } from '../../schemas/ids.ts';
import { fail } from '../fail.ts';
import { type AskedRefund, refundTold } from './refund-told.ts';

const outcomeMsMax = 15_000;
const lookEveryMs = 100;

function parseId(text: string): string {
  if (!new RegExp(idPattern).test(text)) throw new InvalidArgumentError('1 to 128 of A-Z a-z 0-9 _ - are expected.');
  return text;
}

function parseAmount(text: string): number {
  const amount = Number(text);
  if (!/^\d{1,15}$/.test(text) || amount < 1)
    throw new InvalidArgumentError('a whole number of minor units, 1 or more, is expected.');
  return amount;
}

type Find = (paymentId: string) => Promise<Payment | null>;

async function reading(work: (find: Find) => Promise<void>): Promise<void> {
  const config = connectedConfig();
  const log = createLog('payments', 'error');
  const redis = createRedis(config, log, { name: 'payments' });
  await connectRedis(redis);
  const generations = await Generations.follow(config, log, fail);
  const reader = new StateReader(redis, config.namespace, generations);
  try {
    await work((paymentId) => reader.state<Payment>('payments', 'payments', paymentId));
  } finally {
    await generations.stop();
    redis.disconnect();
  }
}

const print = (payment: Payment): boolean =>
  process.stdout.write(`${JSON.stringify({ status: statusOf(payment), ...payment }, null, 2)}\n`);

async function show({ payment: paymentId }: { payment: string }): Promise<void> {
  await reading(async (find) => {
    print((await find(paymentId)) ?? fail(`There is no payment ${paymentId}.`));
  });
}

type RefundOptions = {
  readonly payment: string;
  readonly amount?: number;
  readonly reason: string;
  readonly key?: string;
};

/** Published once; what was decided is read from the payment, which remembers it under the key. */
async function refund({
  payment: paymentId,
  amount,
  reason,
  key = `operator-${uuidv7()}`,
}: RefundOptions): Promise<void> {
  await reading(async (find) => {
    const before = await find(paymentId);
    if (!before?.checkout) fail(`There is no payment ${paymentId}.`);
    const isRepeated = before.refundRequests[key] !== undefined;
    const asked = { paymentId, ...(amount !== undefined && { amount }) };
    if (!isRepeated) await publish({ kind: 'refund_request', ...asked, reason, idempotencyKey: key });
    await told(find, { ...asked, key, isRepeated });
  });
}

type RefundRequest = Extract<PaymentLifeInput, { kind: 'refund_request' }>;

async function publish(request: Omit<RefundRequest, 'actorId' | 'source'>): Promise<void> {
  const publisher = new Publisher({ config: connectedConfig(), log: createLog('payments', 'error') });
  await publisher.start();
  const event = { ...request, actorId: 'operator', source: 'operations' };
  await paymentLifeProducer(publisher).producePaymentEvent(event, request.paymentId);
  await publisher.stop();
}

async function told(find: Find, asked: AskedRefund): Promise<void> {
  for (const end = performance.now() + outcomeMsMax; performance.now() < end; ) {
    const answer = refundTold(await find(asked.paymentId), asked);
    if (answer?.isDone) return void process.stdout.write(`${answer.text}\n`);
    if (answer) fail(answer.text);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  fail(`Asked for, but there is no outcome yet; repeat with --key ${asked.key} to see it: nothing is refunded twice.`);
}

const program = new Command('payments').description('Looks at payments and refunds them.');
const id = ['--payment <id>', 'the payment', parseId] as const;
program
  .command('show')
  .description('Prints a payment.')
  .requiredOption(...id)
  .action(show);
program
  .command('refund')
  .description('Refunds what was paid too much, else the newest charge.')
  .requiredOption(...id)
  .option('--amount <minor units>', 'so much; all that remains if absent', parseAmount)
  .option('--reason <word>', 'why', 'requested')
  .option('--key <id>', 'idempotency key: the same again does nothing more, and tells the first answer', parseId)
  .action(refund);
await program.parseAsync().catch((error: Error) => fail(error.message));
