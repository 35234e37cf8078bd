// Who acts on the world from outside: clients that repeat themselves, and days that pass.
import { partitionOf } from '../../infra/kafka.ts';
import { windowMs } from '../../processors/runtime/id-window.ts';
import type { InputRecord } from '../../processors/runtime/ports.ts';
import { type TopicName, topics } from '../../schemas/topics.ts';
import type { NewRecord } from './log.ts';
import type { Actor, World } from './world.ts';

export const recordOf = (key: string, event: { readonly eventId: string }): NewRecord => ({
  key,
  id: event.eventId,
  origin: null,
  redrive: null,
  value: Buffer.from(JSON.stringify(event)),
});

export const targetOf = (topic: TopicName, key: string): number => partitionOf(key, topics[topic].partitions);

/** Publishes until it is acknowledged, and now and then once more. */
export async function publish(world: World, topic: TopicName, record: NewRecord): Promise<void> {
  const { scheduler, random, logs, outside } = world;
  const partition = targetOf(topic, record.key);
  world.publishing += 1;
  for (let acknowledged = false; !acknowledged || (world.faulty && random.chance(0.3)); ) {
    await scheduler.pause(outside, random.below(12));
    acknowledged = await scheduler
      .effect(outside, 'outside', () => logs.append(topic, partition, record))
      .then(
        () => true,
        () => acknowledged,
      );
  }
  world.publishing -= 1;
}

/** Copies a dead letter back into its partition, for those who skipped it. */
export const redriveOf = (processor: string, { key, id, value, offset, redrive }: InputRecord): NewRecord => ({
  key,
  id,
  value,
  origin: null,
  redrive: redrive ?? `${processor}/${offset}`,
});

/** Once in a while a day passes, in which id windows end; never while a client may still repeat itself. */
export const days: Actor = (world) => {
  const { scheduler, outside, random, logs, coverage } = world;
  scheduler.sources.push(function* () {
    if (!world.faulty || world.publishing > 0 || scheduler.late.length > 0 || !random.chance(0.01)) return;
    const happen = () => {
      logs.now += windowMs + 1;
      coverage.hit('day passes', 'anywhere');
    };
    yield { line: outside, effect: 'outside', notBefore: 0, happen };
  });
};
