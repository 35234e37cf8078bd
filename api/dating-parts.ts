// The parts of the API that dating between people needs: the door to pairs, the candidates, and who is boosted.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import type { Log } from '../infra/log.ts';
import type { PersonKeys } from '../infra/person-keys.ts';
import type { Personality } from '../processors/dating/compat/components.ts';
import { peopleOf, type RequestMemo } from '../processors/pairs/domain-pair.ts';
import type { LiveGenerations } from '../processors/runtime/keys.ts';
import { pairProducer } from '../producers/pairs.ts';
import type { Publisher } from '../producers/publish.ts';
import { Boosts } from '../projections/boosts.ts';
import { DatingCandidates } from '../projections/dating-candidates.ts';
import { decidedIn } from '../projections/decided.ts';
import { ExcludedReader } from '../projections/excluded.ts';
import { PairReader } from '../projections/pairs.ts';
import type { Profiles } from '../projections/profiles.ts';
import { PushChannels } from '../projections/push-channels.ts';
import type { RecipientsOptions } from '../projections/recipients.ts';
import { RequestOutcomes } from '../projections/request-outcomes.ts';
import type { WholeFolds } from '../projections/whole-folds.ts';
import { topics } from '../schemas/topics.ts';
import { datingDoor } from './dating-door.ts';
import type { Provide } from './ports.ts';

export type DatingPartsNeeds = {
  readonly redis: Redis;
  readonly namespace: string;
  readonly generations: LiveGenerations;
  readonly log: Log;
  readonly publisher: Publisher;
  readonly personKeys: PersonKeys;
  readonly provide: Provide;
  readonly isConnected: () => boolean;
  readonly profiles: Profiles;
  readonly hasFolded: RecipientsOptions['hasFolded'];
  readonly whole: WholeFolds;
  /** Told of both people of a pair when something between them may have changed. */
  readonly onTouch: (userId: string) => void;
  /** The published model that is in use; null before there is one. */
  readonly personality: () => Personality | null;
  /** ms since 1970 */
  readonly now: () => number;
};

const pairs = { processor: 'pairs', topic: 'dating_pairs' } as const;

export class DatingParts {
  readonly #needs: DatingPartsNeeds;
  readonly #channels: PushChannels;
  readonly #outcomes: RequestOutcomes<RequestMemo>;
  readonly #boosts: Boosts;
  readonly #candidates: DatingCandidates;
  readonly #pairs: PairReader;

  constructor(needs: DatingPartsNeeds) {
    const { redis, log, namespace, generations, personality, profiles, whole, now } = needs;
    this.#needs = needs;
    this.#channels = new PushChannels(redis, log);
    this.#outcomes = new RequestOutcomes<RequestMemo>({
      ...{ channels: this.#channels, namespace, generations, log, processor: pairs.processor },
      decided: decidedIn<RequestMemo>({ redis, namespace, generations, ...pairs }),
    });
    this.#pairs = new PairReader(redis, namespace, generations, whole);
    const excluded = new ExcludedReader({ redis, namespace, generations, whole });
    this.#outcomes.onTouch((pairId) => {
      for (const userId of peopleOf(pairId) ?? []) needs.onTouch(userId);
    });
    this.#candidates = new DatingCandidates({
      personality,
      excluded: (userId, ids) => excluded.of(userId, ids, now()),
    });
    profiles.onChange((userId, profile) => (profile ? this.#candidates.set(profile) : this.#candidates.remove(userId)));
    this.#boosts = new Boosts({ redis, namespace, generations, log, now });
    this.#boosts.onChange((userId, until) => this.#candidates.setBoost(userId, until));
  }

  /** Once the generations are known and the profiles loaded: half a crowd is not offered as all of it. */
  async start(): Promise<void> {
    const { provide, publisher, personKeys, isConnected } = this.#needs;
    await this.#channels.start();
    await Promise.all([this.#outcomes.start(), this.#boosts.start()]);
    const producer = pairProducer(publisher, personKeys);
    provide('datingDoor', datingDoor({ producer: () => (isConnected() ? producer : null), outcomes: this.#outcomes }));
    provide('pairs', this.#pairs);
    provide('profiles', { isVisible: (userId) => this.#isVisible(userId) });
    provide('candidates', this.#candidates);
  }

  /** Those who are folded anew, after the store was lost, and those who have just made a profile are not unknown. */
  async #isVisible(userId: string): Promise<boolean | null> {
    const { profiles, hasFolded } = this.#needs;
    if (profiles.isVisible(userId)) return true;
    const partition = partitionOf(userId, topics.user_activity.partitions);
    const isFolded = await hasFolded({ processor: 'dating', topic: 'user_activity', partition });
    return profiles.isVisible(userId) || (isFolded ? false : null);
  }

  /** Told of every commit of the pairs. */
  onAdvance(listener: (processor: string, partition: number, offset: number) => void): void {
    this.#outcomes.onCommit((partition, offset) => listener('pairs', partition, offset));
  }

  stop(): void {
    this.#boosts.stop();
    this.#outcomes.stop();
    this.#channels.stop();
  }
}
