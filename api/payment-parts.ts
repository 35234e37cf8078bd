// The parts of the API that buying needs: the providers, the reader of payments, the door.
import type { Redis } from 'ioredis';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import type { PersonKeys } from '../infra/person-keys.ts';
import { createProviders } from '../infra/providers/list.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { paymentLifeProducer } from '../producers/payment-life.ts';
import type { Publisher } from '../producers/publish.ts';
import { PaymentReader } from '../projections/payments.ts';
import { PushChannels } from '../projections/push-channels.ts';
import { paymentDoor } from './payment-door.ts';
import type { Provide } from './ports.ts';

export type PaymentPartsNeeds = {
  readonly config: Config;
  readonly redis: Redis;
  readonly generations: LiveGenerations;
  readonly log: Log;
  readonly publisher: Publisher;
  readonly personKeys: PersonKeys;
  readonly provide: Provide;
  readonly isConnected: () => boolean;
};

export class PaymentParts {
  readonly #needs: PaymentPartsNeeds;
  readonly #channels: PushChannels;
  readonly #reader: PaymentReader;

  constructor(needs: PaymentPartsNeeds) {
    const { redis, log, generations, config } = needs;
    this.#needs = needs;
    this.#channels = new PushChannels(redis, log);
    const { namespace } = config;
    this.#reader = new PaymentReader({ redis, channels: this.#channels, namespace, generations, log });
  }

  /** Once the generations are known. */
  async start(): Promise<void> {
    const { config, log, publisher, personKeys, provide, isConnected } = this.#needs;
    await this.#channels.start();
    await this.#reader.start();
    const producer = paymentLifeProducer(publisher, personKeys);
    const providers = createProviders(config, log);
    provide(
      'payments',
      paymentDoor({
        providers,
        returnUrl: config.payments.returnUrl,
        reader: this.#reader,
        producer: () => (isConnected() ? producer : null),
      }),
    );
  }

  stop(): void {
    this.#reader.stop();
    this.#channels.stop();
  }
}
