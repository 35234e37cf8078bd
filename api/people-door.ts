// What the services know of persons and publish for them: profiles, their matches, and the end of an account.
import { type Personal, PersonErased, type PersonKeys } from '../infra/person-keys.ts';
import type { Dating } from '../processors/dating/domain.ts';
import type { ActivityProducer } from '../producers/activity.ts';
import type { PairProducer } from '../producers/pairs.ts';
import type { PaymentProducer } from '../producers/payments.ts';
import type { Acknowledgement } from '../producers/publish.ts';
import type { MatchHistoryReader } from '../projections/match-history.ts';
import type { DatingReader } from '../projections/matches.ts';
import type { PairReader } from '../projections/pairs.ts';
import { detailsIn } from '../projections/profiles.ts';
import type { DatingDetails } from '../schemas/dating.ts';
import type { AgeBand } from '../schemas/ids.ts';
import { currentRuleSet } from '../schemas/money.ts';
import { Unavailable } from './unavailable.ts';

/** Somebody as dating has them, the profile decrypted; `details` is null where it is unreadable. */
export type DatingPerson = Omit<Dating, 'profile'> & {
  readonly profile:
    | (Omit<NonNullable<Dating['profile']>, 'personal'> & { readonly details: DatingDetails | null })
    | null;
};

export type ProfileToPublish = {
  readonly userId: string;
  readonly status: string;
  readonly ageBand: AgeBand;
  readonly details: DatingDetails;
  readonly timeZone?: string;
};

export type Registration = {
  readonly userId: string;
  readonly username: string;
  readonly birthDate: string;
  readonly ageBand: string;
  readonly timeZone: string;
};

/** The idempotency key of what the end of an account asks of its pairs. */
const accountEnds = 'account_deleted';

export type People = {
  /** Whether the account was deleted, for good. @throws Unavailable while that is not known yet */
  isErased(userId: string): boolean;
  person(userId: string): Promise<DatingPerson | null>;
  matchHistory: MatchHistoryReader['page'];
  pair: PairReader['pair'];
  pairs: PairReader['pairs'];
  /** What is known of somebody from the first day on: told in the log of activity, the zone in that of money too. */
  register(registration: Registration, correlationId: string): Promise<Acknowledgement>;
  putProfile(profile: ProfileToPublish, correlationId: string): Promise<Acknowledgement>;
  setStatus(userId: string, status: string, correlationId: string): Promise<Acknowledgement>;
  /** The account's end: told in the log, then every key of the person is void. It may be asked for again. */
  erase(userId: string, correlationId: string): Promise<Acknowledgement>;
  /** Told when what dating knows of somebody may have changed. */
  onChange(userId: string, listener: () => void): () => void;
};

type Producers = {
  readonly activity: ActivityProducer;
  readonly payments: PaymentProducer;
  readonly pairs: PairProducer;
};

export type PeopleDoorParts = {
  readonly keys: PersonKeys;
  readonly reader: DatingReader;
  readonly history: Pick<MatchHistoryReader, 'page'>;
  readonly pairs: Pick<PairReader, 'pair' | 'pairs'>;
  /** Null until they are connected, and the keys read. */
  readonly producers: () => Producers | null;
  readonly onChange: People['onChange'];
};

export function peopleDoor({ keys, reader, history, pairs, producers, onChange }: PeopleDoorParts): People {
  const connected = () => {
    const made = producers();
    if (!made) throw new Unavailable('kafka', 'still connecting to kafka: nothing was published');
    return made;
  };
  const alive = (userId: string) => {
    const made = connected();
    if (keys.isErased(userId)) throw new PersonErased('the account is deleted');
    return made;
  };
  return {
    isErased: (userId) => {
      connected();
      return keys.isErased(userId);
    },
    person: async (userId) => {
      connected();
      const state = await reader.user(userId);
      if (!state) return null;
      const { profile, ...rest } = state;
      if (!profile) return { ...rest, profile };
      const { personal, ...plain } = profile;
      return { ...rest, profile: { ...plain, details: await details(keys, userId, personal) } };
    },
    matchHistory: (question) => history.page(question),
    pair: (userId, otherId) => pairs.pair(userId, otherId),
    pairs: (userId, otherIds) => pairs.pairs(userId, otherIds),
    register: async ({ userId, timeZone, ...details }, correlationId) => {
      const { activity, payments } = alive(userId);
      const zone = { type: 'time_zone', accountId: userId, timeZone, correlationId, ruleSet: currentRuleSet } as const;
      const registration = { action: 'registration', userId, timeZone, ...details, correlationId } as const;
      const [told] = await Promise.all([
        activity.produceUserActivityEvent(registration),
        payments.producePaymentTransactionEvent(zone),
      ]);
      return told;
    },
    putProfile: async ({ userId, status, ageBand, details: dating, timeZone }, correlationId) => {
      const { activity, payments } = alive(userId);
      // The ledger counts free swipes by local days: it learns the zone from its own topic.
      if (timeZone !== undefined)
        await payments.producePaymentTransactionEvent({
          ...{ type: 'time_zone', accountId: userId, timeZone, correlationId, ruleSet: currentRuleSet },
        });
      const profile = { action: 'dating_profile', userId, status, ageBand, dating, correlationId } as const;
      return activity.produceUserActivityEvent(profile);
    },
    setStatus: (userId, status, correlationId) =>
      alive(userId).activity.produceUserActivityEvent({ action: 'dating_status', userId, status, correlationId }),
    erase: async (userId, correlationId) => {
      const { activity, pairs: ending } = connected();
      // What others have set aside for a match with this person goes back to them.
      const matches = (await reader.user(userId))?.matches ?? [];
      const ends = matches.flatMap(({ userId: targetUserId, status }) =>
        status === 'ended' ? [] : [{ type: 'block', userId, targetUserId, idempotencyKey: accountEnds } as const],
      );
      await Promise.all(ends.map((end) => ending.producePairEvent({ ...end, correlationId })));
      // Then the log: whatever comes after this event counts for nothing in dating. Then the keys: nothing can be read any more.
      const end = { action: 'dating_profile', userId, status: 'deleted', correlationId } as const;
      const told = await activity.produceUserActivityEvent(end);
      await keys.eraseForGood(userId);
      return told;
    },
    onChange,
  };
}

/** A key that was made by another instance a moment ago may not be here yet. */
async function details(keys: PersonKeys, userId: string, personal: string): Promise<DatingDetails | null> {
  const read = (): Personal | 'erased' => keys.decrypt(userId, Buffer.from(personal, 'base64'));
  try {
    let found = read();
    if (found === 'erased' && !keys.isErased(userId)) {
      await keys.caughtUp();
      found = read();
    }
    return found === 'erased' ? null : detailsIn(found);
  } catch {
    return null;
  }
}
