// CPU time of encoding one record for Kafka: kafkajs's own encoder beside the one that replaces it, in turn.
import { encodeRecord, original } from '../infra/kafkajs-record.ts';
import { median, table } from './table.ts';

const records = 200_000;
const rounds = 7;
const headers = { id: '01a205a2-12a5-823e-9eaa-13f7a777a713', origin: 'history/user_activity/3/123456/0' };
const value = Buffer.alloc(80, 1);

/** µs of CPU a record, collection of its garbage included. */
function microsecondsOf(encode: typeof encodeRecord): number {
  const before = process.cpuUsage();
  for (let i = 0; i < records; i++) encode({ key: 'user123', value, headers, offsetDelta: i % 500 });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / records;
}

export async function encode(): Promise<void> {
  const theirs: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(microsecondsOf(original));
    ours.push(microsecondsOf(encodeRecord));
  }
  const row = (name: string, values: number[]) => [
    name,
    ...[median(values), Math.min(...values), Math.max(...values)].map((n) => n.toFixed(2)),
  ];
  process.stdout.write(
    table(['µs of CPU a record', 'median', 'min', 'max'], [row('kafkajs', theirs), row('ours', ours)]),
  );
  process.stdout.write(`encode ratio ${(median(theirs) / median(ours)).toFixed(1)}\n`);
}
