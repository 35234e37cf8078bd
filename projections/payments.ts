// Reads the state of payments, and waits for what becomes of one: told by the commits of the processor, and looked up besides.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import type { Payment } from '../processors/payments/domain.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { Listeners } from './listeners.ts';
import type { PushChannels } from './push-channels.ts';
import { Replica } from './replica.ts';
import { StateReader } from './state-reader.ts';

export type PaymentReaderParts = {
  readonly redis: Redis;
  readonly channels: PushChannels;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
};

export type PaymentWait = {
  readonly isDone: (payment: Payment) => boolean;
  readonly msMax: number;
  /** Aborted once whoever asked has gone. */
  readonly ended?: AbortSignal | undefined;
};

/** For reads that must see all that has followed of a payment so far. */
export const tokenOfPayment = ({ paymentId, changedOffset }: Pick<Payment, 'paymentId' | 'changedOffset'>): string =>
  `payments:${partitionOf(paymentId, topics.payments.partitions)}:${changedOffset}`;

const lookEveryMs = 100;

export class PaymentReader {
  readonly #states: StateReader;
  readonly #changes: Replica<unknown>;
  readonly #listeners = new Listeners();

  constructor(parts: PaymentReaderParts) {
    const { redis, namespace, generations } = parts;
    this.#states = new StateReader(redis, namespace, generations);
    this.#changes = new Replica({ ...parts, processor: 'payments', topic: 'payments', keepsStates: false });
    this.#changes.onChange((paymentId) => this.#listeners.fire(paymentId));
  }

  start(): Promise<void> {
    return this.#changes.start();
  }

  stop(): void {
    this.#changes.stop();
  }

  find(paymentId: string): Promise<Payment | null> {
    return this.#states.state<Payment>('payments', 'payments', paymentId);
  }

  /** The payment once it is as wanted, or as it is when the time is over or nobody waits any more. */
  async until(paymentId: string, { isDone, msMax, ended }: PaymentWait): Promise<Payment | null> {
    const end = performance.now() + msMax;
    for (;;) {
      const change = this.#nextChange(paymentId);
      try {
        const payment = await this.find(paymentId);
        if ((payment && isDone(payment)) || performance.now() >= end || ended?.aborted) return payment;
        await change.done;
      } finally {
        change.end();
      }
    }
  }

  #nextChange(paymentId: string): { readonly done: Promise<void>; readonly end: () => void } {
    let end = () => {};
    const done = new Promise<void>((resolve) => {
      const stop = this.#listeners.add(paymentId, resolve);
      const timer = setTimeout(resolve, lookEveryMs);
      end = () => {
        stop();
        clearTimeout(timer);
      };
    });
    return { done, end };
  }
}
