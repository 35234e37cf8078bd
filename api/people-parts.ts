// The parts of the API that persons need: the copy of all dating profiles, the readers beside it, and the door.
import type { Client } from 'cassandra-driver';
import type { Redis } from 'ioredis';
import type { Log } from '../infra/log.ts';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import type { ActivityProducer } from '../producers/activity.ts';
import { pairProducer } from '../producers/pairs.ts';
import { paymentProducer } from '../producers/payments.ts';
import type { Publisher } from '../producers/publish.ts';
import { Listeners } from '../projections/listeners.ts';
import { MatchHistoryReader } from '../projections/match-history.ts';
import { DatingReader } from '../projections/matches.ts';
import { PairReader } from '../projections/pairs.ts';
import { Profiles } from '../projections/profiles.ts';
import { PushChannels } from '../projections/push-channels.ts';
import { StateReader } from '../projections/state-reader.ts';
import type { WholeFolds } from '../projections/whole-folds.ts';
import { peopleDoor } from './people-door.ts';
import type { Provide } from './ports.ts';

export type PeoplePartsNeeds = {
  readonly redis: Redis;
  readonly cassandra: Client;
  /** Of Cassandra, the first generation's. */
  readonly keyspace: string;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
  readonly publisher: Publisher;
  readonly activity: ActivityProducer;
  readonly personKeys: PersonKeys;
  readonly provide: Provide;
  readonly isConnected: () => boolean;
  readonly whole: WholeFolds;
};

export class PeopleParts {
  readonly profiles: Profiles;
  readonly #channels: PushChannels;
  readonly #listeners = new Listeners();

  constructor(needs: PeoplePartsNeeds) {
    const { redis, cassandra, keyspace, namespace, generations, log, personKeys, provide, isConnected } = needs;
    this.#channels = new PushChannels(redis, log);
    this.profiles = new Profiles({ redis, channels: this.#channels, namespace, generations, log, keys: personKeys });
    this.profiles.onTouch((userId) => this.#listeners.fire(userId));
    this.profiles.onLoad(() => this.#listeners.fireAll());
    // Whoever is deleted leaves the matches of others, whom no event of their own tells of it.
    personKeys.onChange((userId) => {
      if (personKeys.isErased(userId)) this.#listeners.fireAll();
    });
    const producers = {
      activity: needs.activity,
      payments: paymentProducer(needs.publisher, personKeys),
      pairs: pairProducer(needs.publisher),
    };
    provide(
      'people',
      peopleDoor({
        keys: personKeys,
        reader: new DatingReader(new StateReader(redis, namespace, generations)),
        history: new MatchHistoryReader({ cassandra, keyspace, generations }),
        pairs: new PairReader(redis, namespace, generations, needs.whole),
        producers: () => (isConnected() ? producers : null),
        onChange: (userId, listener) => this.#listeners.add(userId, listener),
      }),
    );
  }

  /** Once the generations are known. */
  async start(): Promise<void> {
    await this.#channels.start();
    await this.profiles.start();
  }

  /** What is shown of somebody may have changed by what dating alone does not know: whoever looks reads again. */
  touch(userId: string): void {
    this.#listeners.fire(userId);
  }

  /** Told of every commit of dating that the copy has taken in. */
  onAdvance(listener: (processor: string, partition: number, offset: number) => void): void {
    this.profiles.onAdvance((partition, offset) => listener('dating', partition, offset));
  }

  caughtUp(processor: string, partition: number, offset: number): boolean {
    return processor !== 'dating' || this.profiles.caughtUp(partition, offset);
  }

  stop(): void {
    this.profiles.stop();
    this.#channels.stop();
  }
}
