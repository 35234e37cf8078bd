// Copies ranges of topics into tables of a DuckDB file, with the columns of a replay.
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { topicIn } from '../../infra/kafka.ts';
import type { TopicName } from '../../schemas/topics.ts';
import type { Progress } from '../progress.ts';
import { columnsOf } from '../replay/columns.ts';
import { selectLines } from '../replay/convert.ts';
import { resolveRanges, type Window } from '../replay/range.ts';
import type { Source } from '../replay/replay.ts';
import { everything, selectionOf } from '../replay/selection.ts';
import { beginning, scanFrom, stage } from '../replay/stage.ts';
import { StagingFile } from '../replay/staging-file.ts';
import { versionsOf, Writers } from '../replay/writers.ts';

export type Loading = {
  readonly source: Source;
  readonly topics: readonly TopicName[];
  readonly window: Window;
  readonly folder: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
};

/** The columns are those of every version of the topic's schema, whether or not a record of the range has them. */
export async function load(
  connection: DuckDBConnection,
  { source, topics, window, folder, progress, signal }: Loading,
) {
  const admin = source.kafka.admin();
  await admin.connect();
  const ranges = new Map<TopicName, Awaited<ReturnType<typeof resolveRanges>>>();
  try {
    for (const topic of topics) ranges.set(topic, await resolveRanges(admin, topicIn(source.namespace, topic), window));
  } finally {
    await admin.disconnect();
  }
  const records = [...ranges.values()].flat().reduce((sum, range) => sum + range.to - scanFrom(range), 0);
  progress.begin(records, 0);
  for (const [topic, its] of ranges) {
    const lines = join(folder, `${topic}.jsonl`);
    const file = (await StagingFile.open(lines, 0)) as StagingFile;
    try {
      await stage({
        ...source,
        writers: new Writers(source.registry),
        topic,
        window,
        ranges: its,
        selection: selectionOf(topic, { fields: [], key: '' }, everything),
        file,
        position: beginning,
        checkpointMs: Number.POSITIVE_INFINITY,
        onCheckpoint: async () => {},
        onProgress: (read) => progress.add(read),
        signal,
      });
    } finally {
      await file.close();
    }
    await makeTable(connection, source, { topic, lines });
  }
  progress.stop();
}

async function makeTable(
  connection: DuckDBConnection,
  source: Source,
  { topic, lines }: { topic: TopicName; lines: string },
) {
  const versions = await versionsOf(source.registryUrl, source.registry.subjectOf(topic));
  const columns = columnsOf(versions.map(({ fields }) => fields));
  await connection.run(`CREATE TABLE ${topic} AS ${selectLines(lines, columns)}`);
}
