// Whom somebody must not be shown: those who were swiped and whose cooldown is not over, and those with whom the pair is barred or matched; all of it asked in one question.
import type { Redis } from 'ioredis';
import { partitionOf } from '../infra/kafka.ts';
import { swipedHash } from '../processors/ledger/domain-outcomes.ts';
import type { KeptPair } from '../processors/pairs/domain-pair.ts';
import { type LiveGenerations, metaKey, type PartitionTag, stateKey, writeKey } from '../processors/runtime/keys.ts';
import { pairIdOf } from '../schemas/ids.ts';
import { topics } from '../schemas/topics.ts';
import { isClosed, pairPartition } from './pairs.ts';
import { type Folded, foldedInputs, type WholeFolds } from './whole-folds.ts';

/** As the ledger keeps it under the other's id: `until` in ms is the end of its cooldown. */
type Swipe = { readonly until: number };

/**
 * KEYS: of each partition where it stands, and the hash that is asked. ARGV: of each how many fields, then these.
 * Answers the positions, then by turns the place among ARGV of a field that is there, and its value. A command each would cost their senders and
 * readers more than what they do.
 */
const script = `
local answer, at = {}, 1
for i = 1, #KEYS, 2 do
  answer[#answer + 1] = redis.call('HGET', KEYS[i], 'offset') or '0'
end
for i = 2, #KEYS, 2 do
  local last = at + tonumber(ARGV[at])
  local values = redis.call('HMGET', KEYS[i], unpack(ARGV, at + 1, last))
  for n = 1, last - at do
    if values[n] then
      answer[#answer + 1] = at + n
      answer[#answer + 1] = values[n]
    end
  end
  at = last + 1
end
return answer`;

type Asking = { fieldsThere(keys: number, ...rest: (string | number)[]): Promise<(string | number)[]> };

export type ExcludedParts = {
  readonly redis: Redis;
  readonly namespace: string;
  readonly generations: Pick<LiveGenerations, 'live'>;
  readonly whole: Pick<WholeFolds, 'begin' | 'floor' | 'confirm'>;
};

/** The fields that one hash of a partition is asked for, and whose each is. */
type Question = {
  readonly processor: Folded;
  readonly partition: number;
  readonly fields: string[];
  readonly userIds: string[];
};

/** Lua unpacks no more than some thousands. */
const askedAtOnceMax = 2_000;

export class ExcludedReader {
  readonly #parts: ExcludedParts;
  readonly #redis: Asking;

  constructor(parts: ExcludedParts) {
    this.#parts = parts;
    parts.redis.defineCommand('fieldsThere', { lua: script });
    this.#redis = parts.redis as Redis & Asking;
  }

  /** Throws where Redis is away, or not whole: nobody is taken for unseen then. @throws NotWhole while it is not known */
  async of(userId: string, otherIds: readonly string[], now: number): Promise<Set<string>> {
    await this.#parts.whole.begin();
    const found = new Set<string>();
    for (let i = 0; i < otherIds.length; i += askedAtOnceMax)
      await this.#ask(questionsOf(userId, otherIds.slice(i, i + askedAtOnceMax)), { userId, now, found });
    return found;
  }

  async #ask(
    questions: readonly Question[],
    { userId, now, found }: { userId: string; now: number; found: Set<string> },
  ) {
    const keys: string[] = [];
    const fields: (string | number)[] = [];
    /** Beside each of the fields. */
    const about: (Asked | null)[] = [];
    for (const question of questions) {
      const tag = this.#tag(question);
      const isLedger = question.processor === 'ledger';
      keys.push(metaKey(tag), isLedger ? writeKey(tag, swipedHash(userId)) : stateKey(tag));
      fields.push(question.fields.length, ...question.fields);
      about.push(null, ...question.userIds.map((otherId) => ({ isLedger, otherId })));
    }
    const { whole } = this.#parts;
    const floors = questions.map(({ processor, partition }) => whole.floor(processor, partition));
    const answer = await this.#redis.fieldsThere(keys.length, ...keys, ...fields);
    for (const [i, { processor }] of questions.entries())
      whole.confirm(processor, Number(answer[i]), floors[i] as number);
    for (let i = questions.length; i < answer.length; i += 2) {
      const asked = about[Number(answer[i]) - 1];
      if (asked && excludes(asked, String(answer[i + 1]), now)) found.add(asked.otherId);
    }
  }

  #tag({ processor, partition }: Question): PartitionTag {
    const { namespace, generations } = this.#parts;
    return { namespace, generation: generations.live(processor), processor, topic: foldedInputs[processor], partition };
  }
}

type Asked = { readonly isLedger: boolean; readonly otherId: string };

function questionsOf(userId: string, ids: string[]): Question[] {
  const ofUser = partitionOf(userId, topics[foldedInputs.ledger].partitions);
  const pairs = new Map<number, Question>();
  for (const otherId of ids) {
    const pairId = pairIdOf(userId, otherId);
    const partition = pairPartition(pairId);
    let question = pairs.get(partition);
    if (!question) {
      question = { processor: 'pairs', partition, fields: [], userIds: [] };
      pairs.set(partition, question);
    }
    question.fields.push(pairId);
    question.userIds.push(otherId);
  }
  return [{ processor: 'ledger', partition: ofUser, fields: ids, userIds: ids }, ...pairs.values()];
}

const excludes = ({ isLedger }: Asked, json: string, now: number): boolean =>
  isLedger ? (JSON.parse(json) as Swipe).until > now : isClosed(JSON.parse(json) as KeptPair);
