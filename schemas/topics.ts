// The one catalogue of topics: what each carries, its key, its partitions and how long it keeps records.

export type TopicSpec = {
  /** File under schemas/ without .avsc; also the registry's subject is `<topic>-value`. */
  readonly schema: string;
  /** The field that is the record's key. */
  readonly key: string;
  readonly partitions: number;
  /** Sources come from outside, derived topics from a processor, control topics from the runner itself. */
  readonly kind: 'source' | 'derived' | 'control' | 'table';
  readonly carries: string;
};

/** Partition counts are fixed: another count is a new generation, made by a rebuild. */
const partitions = 8;

export const topics = {
  user_activity: {
    schema: 'user_activity',
    key: 'userId',
    partitions,
    kind: 'source',
    carries: 'views, likes, swipes, follows and all else that a user does',
  },
  video_uploads: {
    schema: 'video_uploads',
    key: 'videoId',
    partitions,
    kind: 'source',
    carries: 'the life of a video',
  },
  payment_transactions: {
    schema: 'payment_transactions',
    key: 'accountId',
    partitions,
    kind: 'source',
    carries: 'requests that move money, confirmed payments, the credits that follow, timers',
  },
  ledger_entries: {
    schema: 'ledger_entry',
    key: 'accountId',
    partitions,
    kind: 'derived',
    carries: 'what the ledger decided: postings and balances, or the reason of a refusal; a hash chain per partition',
  },
  payment_intents: {
    schema: 'payment_intent',
    key: 'subjectId',
    partitions,
    kind: 'derived',
    carries: 'what payment providers are to be asked for, and that it is settled',
  },
  payments: {
    schema: 'payment',
    key: 'paymentId',
    partitions,
    kind: 'source',
    carries: 'the life of a payment: checkout, the providers’ answers, their webhooks as they came, refunds',
  },
  payout_batches: {
    schema: 'payout_batch',
    key: 'provider',
    partitions: 1,
    kind: 'source',
    carries: 'which payouts go to a provider together: the first batch that names one has it',
  },
  dating_pairs: {
    schema: 'dating_pairs',
    key: 'pairId',
    partitions,
    kind: 'source',
    carries: 'what concerns two people: swipes and unlocks that the ledger accepted, undo, block, report, timers',
  },
  live_battles: { schema: 'live_battles', key: 'battleId', partitions, kind: 'source', carries: 'live battles' },
  video_engagement: {
    schema: 'video_engagement',
    key: 'videoId',
    partitions,
    kind: 'derived',
    carries: 'what concerns one video’s figures, keyed by video',
  },
  experiments: {
    schema: 'experiment_change',
    key: 'experimentId',
    partitions: 1,
    kind: 'source',
    carries: 'when an experiment on the feed began and ended, with its variants and their shares',
  },
  experiment_outcomes: {
    schema: 'experiment_outcome',
    key: 'experimentId',
    partitions,
    kind: 'derived',
    carries: 'first exposures and what exposed users did, keyed by experiment',
  },
  certificates: {
    schema: 'certificate_change',
    key: 'serialNumber',
    // One order of all revocations: the numbers of the revocation lists come from it.
    partitions: 1,
    kind: 'source',
    carries: 'certificates of services: issued, replaced, revoked; never a private key',
  },
  history_control: control('claims and dead letters of history'),
  engagement_control: control('claims and dead letters of engagement'),
  trending_control: control('claims and dead letters of trending'),
  feed_control: control('claims and dead letters of feed'),
  experiments_control: control('claims and dead letters of experiments'),
  ledger_control: control('claims of ledger (it skips nothing)'),
  statements_control: control('claims and dead letters of statements'),
  payments_control: control('claims and dead letters of payments'),
  pairs_control: control('claims and dead letters of pairs'),
  dating_control: control('claims and dead letters of dating'),
  generations: {
    schema: 'generation_change',
    key: 'slug',
    partitions: 1,
    kind: 'control',
    carries: 'which generation of each projection is live, and every rebuild and swap',
  },
  models: {
    schema: 'model_part',
    key: 'model/version/part',
    partitions: 1,
    kind: 'table',
    carries:
      'trained models of the feed, compacted by version and part; the header of a version comes last, then tombstones of older ones',
  },
  person_keys: {
    schema: 'person_keys',
    key: 'userId/keyId',
    partitions: 1,
    kind: 'table',
    carries: 'the encryption key of each person, compacted; a tombstone erases the person',
  },
  accounts: {
    schema: 'account',
    key: 'username/userId/registrationId',
    partitions: 1,
    kind: 'table',
    carries: 'accounts with the hash of their password and their roles, compacted; a tombstone ends one',
  },
} as const satisfies Record<string, TopicSpec>;

function control(carries: string) {
  return { schema: 'processor_control', key: 'partition', partitions, kind: 'control', carries } as const;
}

export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as TopicName[];

/** The broker's settings of a topic: everything is kept, time is the broker's (a table keeps each key's last record). */
export function topicSettings(spec: TopicSpec): Record<string, string> {
  const kept = {
    'message.timestamp.type': 'LogAppendTime',
    'retention.ms': '-1',
    'retention.bytes': '-1',
    // Whatever a producer compressed with, the log holds what every reader can read (kafkajs knows gzip alone).
    'compression.type': 'uncompressed',
    // A dead letter carries the whole record that it is about.
    'max.message.bytes': spec.kind === 'control' ? '2097152' : '1048588',
  };
  if (spec.kind !== 'table') return { ...kept, 'cleanup.policy': 'delete' };
  return {
    ...kept,
    'cleanup.policy': 'compact',
    'delete.retention.ms': '86400000',
    'max.compaction.lag.ms': '86400000',
  };
}
