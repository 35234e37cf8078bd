// The parts of the API that know who calls: the keys, the copy of all accounts, sessions, and which of them have ended.
import type { Redis } from 'ioredis';
import { Registry } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import { briefPatience, createKafka } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import type { PersonKeys } from '../infra/person-keys.ts';
import { AccountProducer } from '../producers/accounts.ts';
import { AccountTable } from '../projections/accounts.ts';
import { PushChannels } from '../projections/push-channels.ts';
import { type Accounts, accountDoor } from './account-door.ts';
import { AccessTokens } from './identity/access-tokens.ts';
import { identityOf } from './identity/identity.ts';
import { Passwords } from './identity/passwords.ts';
import { Revocations } from './identity/revocations.ts';
import { Sessions } from './identity/sessions.ts';
import { signingKeysOf } from './identity/signing-keys.ts';
import type { Provide } from './ports.ts';

export type IdentityPartsNeeds = {
  readonly config: Config;
  readonly log: Log;
  readonly redis: Redis;
  readonly personKeys: Pick<PersonKeys, 'isErased'>;
  readonly provide: Provide;
  readonly onFatal: (why: string) => void;
  readonly now: () => number;
};

export class IdentityParts {
  readonly #needs: IdentityPartsNeeds;
  readonly #table: AccountTable;
  readonly #producer: AccountProducer;
  readonly #channels: PushChannels;
  readonly #revocations: Revocations;
  readonly #accounts: Accounts;
  #tokens: AccessTokens | null = null;

  constructor(needs: IdentityPartsNeeds) {
    const { config, log, redis, provide, onFatal, personKeys, now } = needs;
    const { namespace } = config;
    this.#needs = needs;
    const registry = new Registry(config.registry.url, namespace);
    const kafka = createKafka(config, log, 'accounts');
    this.#table = new AccountTable({ kafka, registry, namespace, log, onFatal });
    const brief = createKafka(config, log, 'accounts', briefPatience);
    this.#producer = new AccountProducer({ kafka: brief, registry, namespace });
    this.#accounts = accountDoor(this.#table, this.#producer);
    this.#channels = new PushChannels(redis, log);
    this.#revocations = new Revocations({ redis, channels: this.#channels, namespace, now });
    const { isDemo, metricsToken } = config.identity;
    const isErased = (userId: string) => personKeys.isErased(userId);
    const tokens = () => this.#tokens;
    provide('identity', identityOf({ isDemo, metricsToken, tokens, revocations: this.#revocations, isErased }));
  }

  /** Before anything is answered. @throws StartRefused for a configuration that would not be safe */
  async readKeys(): Promise<void> {
    const { config, provide, redis, now } = this.#needs;
    const keys = await signingKeysOf(config.identity);
    this.#tokens = new AccessTokens(keys, now);
    const auth = {
      accounts: this.#accounts,
      sessions: new Sessions(redis, config.namespace),
      passwords: new Passwords(),
      tokens: this.#tokens,
      published: keys.published,
      isDemo: config.identity.isDemo,
    };
    this.#provideAuth = () => provide('auth', auth);
  }

  #provideAuth: () => void = () => {};

  /** Which sessions have ended, once Redis is there. @throws if it is away; it may be called again */
  async startRevocations(): Promise<void> {
    await this.#channels.start();
    await this.#revocations.start();
  }

  /** All accounts. @throws if Kafka or the registry is away; it may be called again */
  async startAccounts(): Promise<void> {
    await this.#producer.start();
    await this.#table.start();
    this.#provideAuth();
  }

  stop(): void {
    this.#revocations.stop();
    this.#channels.stop();
  }

  async disconnect(): Promise<void> {
    await Promise.allSettled([this.#table.stop(), this.#producer.stop()]);
  }
}
