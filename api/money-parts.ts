// The parts of the API that money needs: the door for requests, the readers of wallets, and the pushes that tell of outcomes.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { RequestMemo } from '../processors/ledger/domain-outcomes.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { paymentProducer } from '../producers/payments.ts';
import type { Publisher } from '../producers/publish.ts';
import { decidedIn } from '../projections/decided.ts';
import { GiftBoards } from '../projections/gift-boards.ts';
import { Listeners } from '../projections/listeners.ts';
import { PushChannels } from '../projections/push-channels.ts';
import { Recipients, type RecipientsOptions } from '../projections/recipients.ts';
import { Replica } from '../projections/replica.ts';
import { RequestOutcomes } from '../projections/request-outcomes.ts';
import { StateReader } from '../projections/state-reader.ts';
import { StatementReader } from '../projections/statements.ts';
import { WalletReader } from '../projections/wallets.ts';
import type { Metrics } from './metrics.ts';
import { moneyDoor } from './money-door.ts';
import type { Provide } from './ports.ts';

export type MoneyPartsNeeds = {
  readonly redis: Redis;
  readonly cassandra: Client;
  /** Of Cassandra, the first generation's. */
  readonly keyspace: string;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
  readonly publisher: Publisher;
  readonly personKeys: PersonKeys;
  readonly metrics: Metrics;
  readonly provide: Provide;
  readonly isConnected: () => boolean;
  /** Null while the videos are still being read. */
  readonly hasVideos: (userId: string) => boolean | null;
  readonly hasFolded: RecipientsOptions['hasFolded'];
};

const ledger = { processor: 'ledger', topic: 'payment_transactions' } as const;

export class MoneyParts {
  readonly #needs: MoneyPartsNeeds;
  readonly #channels: PushChannels;
  readonly #outcomes: RequestOutcomes<RequestMemo>;
  readonly #changes: Replica<unknown>;
  readonly #listeners = new Listeners();

  constructor(needs: MoneyPartsNeeds) {
    const { redis, log, namespace, generations } = needs;
    this.#needs = needs;
    this.#channels = new PushChannels(redis, log);
    const shared = { channels: this.#channels, namespace, generations, log };
    this.#outcomes = new RequestOutcomes<RequestMemo>({
      ...shared,
      processor: ledger.processor,
      decided: decidedIn<RequestMemo>({ redis, namespace, generations, ...ledger }),
    });
    // A statement has the line of a change when it tells of it, and the ledger had it before.
    const statements = { processor: 'statements', topic: 'ledger_entries', keepsStates: false } as const;
    this.#changes = new Replica({ ...shared, redis, ...statements });
    this.#changes.onChange((accountId) => this.#listeners.fire(accountId));
    this.#changes.onReload(() => this.#listeners.fireAll());
    this.#provideReaders();
  }

  /** Once the generations are known. What has not started refuses: nothing is published whose outcome nobody hears. */
  async start(): Promise<void> {
    const { provide, publisher, personKeys, isConnected, metrics } = this.#needs;
    await this.#channels.start();
    await Promise.all([this.#outcomes.start(), this.#changes.start()]);
    const payments = paymentProducer(publisher, personKeys);
    provide(
      'money',
      moneyDoor({ producer: () => (isConnected() ? payments : null), outcomes: this.#outcomes, metrics }),
    );
  }

  /** Told of every commit of the ledger and of the statements. */
  onAdvance(listener: (processor: string, partition: number, offset: number) => void): void {
    this.#outcomes.onCommit((partition, offset) => listener('ledger', partition, offset));
    this.#changes.onAdvance((partition, offset) => listener('statements', partition, offset));
  }

  stop(): void {
    this.#outcomes.stop();
    this.#changes.stop();
    this.#channels.stop();
  }

  #provideReaders(): void {
    const { provide, redis, cassandra, keyspace, namespace, generations, hasVideos, hasFolded } = this.#needs;
    // Before the keys are read nobody pays anyway.
    const { personKeys, isConnected } = this.#needs;
    const isErased = (userId: string) => isConnected() && personKeys.isErased(userId);
    const reader = new WalletReader(redis, namespace, generations);
    provide('wallets', {
      account: (accountId) => reader.account(accountId),
      unlocked: (accountId, item) => reader.unlocked(accountId, item),
      unlocks: (accountId, limit) => reader.unlocks(accountId, limit),
      request: (accountId, key) => reader.request(accountId, key),
      onChange: (accountId, listener) => this.#listeners.add(accountId, listener),
    });
    const states = new StateReader(redis, namespace, generations);
    provide('statements', new StatementReader({ cassandra, keyspace, generations, states }));
    provide('giftBoards', new GiftBoards(redis, namespace, generations));
    provide('recipients', new Recipients({ redis, namespace, generations, hasVideos, hasFolded, isErased }));
  }
}
