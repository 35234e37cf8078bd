// Replays a range of a topic into a file: stages JSON lines, turns them into the format asked for, and puts the file in place at once.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kafka } from 'kafkajs';
import { type Registry, schemaOf } from '../../infra/avro.ts';
import { topicIn } from '../../infra/kafka.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import { type Column, columnsOf } from './columns.ts';
import { convert } from './convert.ts';
import { digestOf, loadProgress, type SavedProgress, saveProgress } from './progress-file.ts';
import { resolveRanges, type Window } from './range.ts';
import { type Asked, type Selection, selectionOf } from './selection.ts';
import { beginning, type Counts, type Position, scanFrom, stage } from './stage.ts';
import { StagingFile } from './staging-file.ts';
import { versionsOf, Writers } from './writers.ts';

export const formats = ['jsonl', 'csv', 'parquet'] as const;
export type Format = (typeof formats)[number];

export type Source = {
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly registryUrl: string;
  readonly namespace: string;
};

export type Replay = {
  readonly topic: TopicName;
  /** What --from and --to came to at this call; a replay that goes on keeps what they came to at its first. */
  readonly window: Window;
  readonly asked: Asked;
  readonly format: Format;
  readonly out: string;
  /** The arguments as typed: only the same ones go on with what is there. */
  readonly given: unknown;
  readonly onBegin?: (begun: { readonly total: number; readonly done: number; readonly window: Window }) => void;
  readonly onProgress?: (recordsRead: number) => void;
  readonly onConvert?: () => void;
  readonly checkpointMs?: number;
  readonly signal?: AbortSignal;
};

export type Replayed = { readonly counts: Counts; readonly window: Window };

/** Told to whoever typed it. */
export class NoFolder extends Error {}

/** @throws InvalidPlace, InvalidSelection, NoFolder, OtherArguments; what is there stays and is gone on with by the next call */
export async function replay(source: Source, asked: Replay): Promise<Replayed> {
  const [lines, side] = [`${asked.out}.part`, `${asked.out}.progress`];
  const { key } = topics[asked.topic];
  const selection = selectionOf(asked.topic, { ...schemaOf(asked.topic), key }, asked.asked);
  const begun = await begin(source, asked, { lines, side });
  const done = await staged(source, asked, { ...begun, side, selection });
  const made = asked.format === 'jsonl' ? lines : `${asked.out}.converted`;
  if (asked.format !== 'jsonl') {
    asked.onConvert?.();
    const columns = await columnsFor(source, asked.topic, done.position.schemas);
    const spill = `${asked.out}.spill`;
    await convert({ lines, columns, format: asked.format, out: made, spill });
    await rm(spill, { recursive: true, force: true });
  }
  await rename(made, asked.out);
  await rm(side, { force: true });
  await rm(lines, { force: true });
  return { counts: done.position.counts, window: done.window };
}

type Begun = { readonly saved: SavedProgress; readonly file: StagingFile };

async function begin(source: Source, asked: Replay, { lines, side }: { lines: string; side: string }): Promise<Begun> {
  if (!existsSync(dirname(asked.out))) throw new NoFolder(`there is no folder ${dirname(asked.out)}`);
  const digest = digestOf(asked.given);
  const saved = await loadProgress(side, digest);
  const there = saved && (await StagingFile.open(lines, saved.position.bytes));
  if (saved && there) return { saved, file: there };
  const admin = source.kafka.admin();
  await admin.connect();
  try {
    const ranges = await resolveRanges(admin, topicIn(source.namespace, asked.topic), asked.window);
    const fresh = { digest, window: asked.window, ranges, position: beginning, isStaged: false };
    await saveProgress(side, fresh);
    return { saved: fresh, file: (await StagingFile.open(lines, 0)) as StagingFile };
  } finally {
    await admin.disconnect();
  }
}

type ToStage = Begun & { readonly side: string; readonly selection: Selection };

async function staged(source: Source, asked: Replay, { saved, file, side, selection }: ToStage) {
  const save = (position: Position, isStaged: boolean) => saveProgress(side, { ...saved, position, isStaged });
  try {
    const total = saved.ranges.reduce((sum, range) => sum + range.to - scanFrom(range), 0);
    asked.onBegin?.({ total, done: saved.isStaged ? total : doneBefore(saved), window: saved.window });
    if (saved.isStaged) return saved;
    const position = await stage({
      ...source,
      ...saved,
      writers: new Writers(source.registry),
      topic: asked.topic,
      selection,
      file,
      onCheckpoint: (at) => save(at, false),
      onProgress: asked.onProgress ?? (() => {}),
      checkpointMs: asked.checkpointMs ?? 1_000,
      signal: asked.signal,
    });
    await save(position, true);
    return { ...saved, position };
  } finally {
    await file.close();
  }
}

function doneBefore({ ranges, position }: SavedProgress): number {
  return ranges.reduce((sum, range) => {
    if (range.partition > position.partition) return sum;
    const next = range.partition < position.partition ? range.to : Math.max(scanFrom(range), position.next);
    return sum + next - scanFrom(range);
  }, 0);
}

/** Of the versions up to the newest that a line was written with: a version registered later must not change the file. */
async function columnsFor(source: Source, topic: TopicName, schemas: readonly number[]): Promise<Column[]> {
  const versions = await versionsOf(source.registryUrl, source.registry.subjectOf(topic));
  const newest = versions.findLastIndex(({ id }) => schemas.includes(id));
  const writers = new Writers(source.registry);
  const foreign = schemas.filter((id) => !versions.some((version) => version.id === id)).sort((a, b) => a - b);
  const others = await Promise.all(foreign.map((id) => writers.byId(id)));
  return columnsOf([...versions.slice(0, Math.max(0, newest) + 1), ...others].map(({ fields }) => fields));
}
