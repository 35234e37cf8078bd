// The door for what one person asks about another: published once, then answered with what the pair has decided.
import { v7 as uuidv7 } from 'uuid';
import { requestMemo } from '../processors/pairs/domain-outcomes.ts';
import type { RequestMemo } from '../processors/pairs/domain-pair.ts';
import type { PairInput, PairProducer } from '../producers/pairs.ts';
import type { RequestPlace } from '../projections/outcome-waiters.ts';
import { pairPartition } from '../projections/pairs.ts';
import { pairIdOf } from '../schemas/ids.ts';
import { type Ended, unknownFate } from './money-door.ts';
import { Refusal } from './problems.ts';

export type PairAnswer =
  | { readonly memo: RequestMemo; readonly isRepeat: boolean; readonly token: string }
  | { readonly memo: null; readonly token: string };

/** A swipe or an unlock that the ledger has accepted. */
export type PairTransaction = {
  readonly userId: string;
  readonly targetUserId: string;
  readonly transactionId: string;
};

export type DatingDoor = {
  /** @param ended whoever asked does not wait any more: the request is carried out all the same */
  request(event: PairInput, correlationId: string, ended?: Ended): Promise<PairAnswer | Refusal>;
  /** What the pair makes of what the ledger has accepted; null if that takes too long, then it is still under way. */
  verdict(transaction: PairTransaction, ended?: Ended): Promise<RequestMemo | null>;
};

export type DatingDoorParts = {
  /** Null until it is connected. */
  readonly producer: () => Pick<PairProducer, 'producePairEvent'> | null;
  readonly outcomes: {
    readonly isFull: boolean;
    outcome(place: RequestPlace, ended?: AbortSignal): Promise<RequestMemo | 'pending'>;
    outcomeOf(place: Omit<RequestPlace, 'offset'>, ended?: AbortSignal): Promise<RequestMemo | 'pending'>;
  };
};

export function datingDoor({ producer, outcomes }: DatingDoorParts): DatingDoor {
  return {
    request: async (event, correlationId, ended) => {
      if (outcomes.isFull) return new Refusal('overloaded', 'too many requests wait for their outcome already');
      const connected = producer();
      if (!connected) return new Refusal('unavailable', 'still connecting to kafka: nothing was requested');
      const published = await connected
        .producePairEvent({ ...event, eventId: uuidv7(), correlationId })
        .catch(unknownFate);
      if (published instanceof Refusal) return published;
      const { partition, offset, token } = published;
      const { userId, targetUserId } = event;
      const key = requestMemo({ pairId: pairIdOf(userId, targetUserId), userId, key: event.idempotencyKey });
      const memo = await outcomes.outcome({ key, partition, offset }, ended?.());
      if (memo === 'pending') return { memo: null, token };
      return { memo, isRepeat: memo.outcome.offset !== offset, token };
    },
    verdict: async ({ userId, targetUserId, transactionId }, ended) => {
      const pairId = pairIdOf(userId, targetUserId);
      const key = requestMemo({ pairId, userId, key: transactionId });
      const memo = await outcomes.outcomeOf({ key, partition: pairPartition(pairId) }, ended?.());
      return memo === 'pending' ? null : memo;
    },
  };
}
