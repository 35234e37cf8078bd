// The port of derived events: sends of an idempotent session, which a failed one ends, and the look for what others have sent.
import { parseOrigin } from '../../processors/runtime/origin.ts';
import type { DerivedLog, Outgoing } from '../../processors/runtime/ports.ts';
import type { Request } from './log.ts';
import type { Host } from './ports.ts';
import { partitions, type Seat, type World } from './world.ts';

/** One send carries few records, so that a batch may need several. */
const recordsPerSend = 3;

export function derivedOf(world: World, seat: Seat, { process, line }: Host): DerivedLog {
  const { scheduler, logs, random, guards } = world;
  const sendOnce = async (requests: readonly Request[]): Promise<[string, number][]> =>
    scheduler.effect(line, 'send', (whole) => {
      const sent = whole ? requests : requests.filter(() => random.chance(0.5));
      return sent.map((request) => [
        `${request.topic}:${request.partition}`,
        logs.accept(request) + request.records.length - 1,
      ]);
    });
  return {
    encode: (_topic, event) => Buffer.from(JSON.stringify(event)),
    send: async (batches) => {
      const produced = new Map<string, number>();
      for (const [topic, byPartition] of batches) {
        for (const chunk of chunksOf(byPartition)) {
          const session = process.sessionOf(seat.processor);
          const requests = chunk.map((part) => ({
            ...part,
            topic,
            session,
            sequence: session.number(`${topic}:${part.partition}`),
          }));
          try {
            for (const [target, offset] of await sendOnce(requests)) produced.set(target, offset);
          } catch (error) {
            process.discard(seat.processor, session);
            if (guards.gapFree) throw error;
          }
        }
      }
      return produced;
    },
    holdsOutput: (targets, lane, { offset, time }) =>
      scheduler.effect(line, 'outputs', () =>
        targets.some((topic) =>
          partitions.some((partition) =>
            logs.of(topic, partition).some((record) => {
              const origin = record.time >= time ? parseOrigin(record.origin ?? '') : null;
              return origin?.lane === lane && origin.offset >= offset;
            }),
          ),
        ),
      ),
  };
}

type Part = Pick<Request, 'partition' | 'records'>;

function chunksOf(byPartition: ReadonlyMap<number, readonly Outgoing[]>): Part[][] {
  const chunks: Part[][] = [];
  let room = 0;
  for (const [partition, outgoing] of byPartition) {
    for (let at = 0; at < outgoing.length; ) {
      if (room === 0) {
        chunks.push([]);
        room = recordsPerSend;
      }
      const records = outgoing.slice(at, at + room).map((record) => ({ ...record, redrive: null }));
      chunks.at(-1)?.push({ partition, records });
      at += records.length;
      room -= records.length;
    }
  }
  return chunks;
}
