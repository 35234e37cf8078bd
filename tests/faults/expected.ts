// Folds the raw topics of a seed independently: what every partition of every processor must hold, and what must stand in derived topics.
import type {
  DatingPair,
  LedgerEntry,
  PaymentTransaction,
  ProcessorControl,
  UserActivity,
  VideoEngagement,
  VideoUpload,
} from '../../schemas/generated.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { type Control, readControl } from './independent-fold/control.ts';
import { datingReading } from './independent-fold/dating.ts';
import { compareDerived, type DerivedOutcome } from './independent-fold/derived.ts';
import { engagementReading } from './independent-fold/engagement.ts';
import { feedReading } from './independent-fold/feed.ts';
import { historyReading } from './independent-fold/history.ts';
import { ledgerReading } from './independent-fold/ledger.ts';
import { pairsReading } from './independent-fold/pairs.ts';
import { foldPartition } from './independent-fold/partition.ts';
import type { Derived, Envelope, Kept, Memo, RawRecord, Reading } from './independent-fold/record.ts';
import { statementsReading } from './independent-fold/statements.ts';
import { trendingReading } from './independent-fold/trending.ts';
import type { Platform } from './platform.ts';
import { readTopic } from './raw-log.ts';

export type Expected = {
  readonly processor: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly kept: Kept;
  readonly control: Control;
  /** Asked once derived topics have been compared. */
  readonly memos: () => ReadonlyMap<string, Memo>;
};

export type Log = {
  readonly expected: readonly Expected[];
  readonly derived: DerivedOutcome;
  readonly deadLetters: number;
  /** By topic and partition: the ids of the records, by offset. */
  readonly ids: ReadonlyMap<string, readonly (readonly (string | null)[])[]>;
};

const derivedTopics = [
  'video_engagement',
  'ledger_entries',
  'payment_transactions',
  'payment_intents',
  'dating_pairs',
  'user_activity',
] as const;

export async function foldLog(platform: Platform): Promise<Log> {
  const [activity, uploads, payments, battles, engagement, entries, betweenTwo] = await Promise.all([
    readTopic<UserActivity>(platform, 'user_activity'),
    readTopic<VideoUpload>(platform, 'video_uploads'),
    readTopic<PaymentTransaction>(platform, 'payment_transactions'),
    readTopic<Envelope>(platform, 'live_battles'),
    readTopic<VideoEngagement>(platform, 'video_engagement'),
    readTopic<LedgerEntry>(platform, 'ledger_entries'),
    readTopic<DatingPair>(platform, 'dating_pairs'),
  ]);
  const expected = [
    ...(await foldAll(platform, historyReading, activity)),
    ...(await foldAll(platform, datingReading, activity)),
    ...(await foldAll(platform, feedReading, uploads)),
    ...(await foldAll(platform, engagementReading, engagement)),
    ...(await foldAll(platform, trendingReading, engagement)),
    ...(await foldAll(platform, ledgerReading, payments)),
    ...(await foldAll(platform, statementsReading, entries)),
    ...(await foldAll(platform, pairsReading, betweenTwo)),
  ];
  const must = expected.flatMap(({ kept }) => kept.derived);
  const sources = {
    user_activity: activity,
    video_uploads: uploads,
    payment_transactions: payments,
    live_battles: battles,
    dating_pairs: betweenTwo,
  };
  return {
    expected,
    derived: await compareAllDerived(platform, must),
    deadLetters: expected.reduce((sum, { control }) => sum + control.skips.size, 0),
    ids: new Map(
      Object.entries(sources).map(([topic, partitions]) => [topic, partitions.map((list) => list.map(({ id }) => id))]),
    ),
  };
}

/** Each derived topic with what all processors must have put there. */
async function compareAllDerived(platform: Platform, must: readonly Derived[]): Promise<DerivedOutcome> {
  const outcomes: DerivedOutcome[] = [];
  for (const topic of derivedTopics) {
    const partitions = await readTopic<Readonly<Record<string, unknown>>>(platform, topic);
    const ofTopic = must.filter((event) => event.topic === topic);
    outcomes.push(compareDerived(partitions, ofTopic));
  }
  const sum = (of: (outcome: DerivedOutcome) => number) => outcomes.reduce((all, outcome) => all + of(outcome), 0);
  return {
    effective: sum(({ effective }) => effective),
    copies: sum(({ copies }) => copies),
    differences: outcomes.flatMap(({ differences }) => differences),
  };
}

async function foldAll<Event extends Envelope>(
  platform: Platform,
  reading: Reading<Event>,
  partitions: readonly (readonly RawRecord<Event>[])[],
): Promise<Expected[]> {
  const { processor } = reading;
  const topic = reading.topic as TopicName;
  const entries = await readTopic<ProcessorControl>(platform, `${processor}_control` as TopicName);
  return partitions.map((records, partition) => {
    const control = readControl(entries[partition] ?? []);
    const kept = foldPartition(reading, records, control);
    return { processor, topic, partition, control, kept, memos: () => reading.memos?.(kept) ?? new Map() };
  });
}

const readersOf = (expected: readonly Expected[], topic: string) => [
  ...new Set(expected.filter((one) => one.topic === topic).map(({ processor }) => processor)),
];

/** What the fold itself found to be wrong, and derived events that took effect other than once. */
export function complaintsOf({ expected, derived }: Log): string[] {
  const effects = new Map<string, Map<string, number>>();
  for (const { processor, kept } of expected) {
    const ofProcessor = effects.get(processor) ?? new Map<string, number>();
    effects.set(processor, ofProcessor);
    for (const [id, times] of kept.effects) ofProcessor.set(id, (ofProcessor.get(id) ?? 0) + times);
  }
  const notOnce = expected
    .flatMap(({ kept }) => kept.derived)
    .flatMap(({ id, topic }) =>
      readersOf(expected, topic).flatMap((processor) => {
        const times = effects.get(processor)?.get(id) ?? 0;
        return times === 1 ? [] : [`${processor}: derived event ${id} took effect ${times} times`];
      }),
    );
  const complaints = expected.flatMap(({ processor, partition, kept }) =>
    kept.complaints.map((complaint) => `${processor} ${partition}: ${complaint}`),
  );
  return [...complaints, ...derived.differences, ...notOnce];
}
