// Whether both folds of a backlog came to the same: sums over all users and videos, and samples of each. Throws if not.
import { Redis } from 'ioredis';
import type { Config } from '../infra/config.ts';
import { partitionOf } from '../infra/kafka.ts';
import { firstGeneration, stateKey } from '../processors/runtime/keys.ts';
import { type TopicName, topics } from '../schemas/topics.ts';
import type { FoldChild, Said } from './fold-child.ts';

type Figures = Record<string, number>;

const userFigures = ['events', 'watchMs', 'interactions', 'firstAt', 'lastAt', 'oldestAt', 'newestAt'] as const;
const userSums = ['events', 'watchMs', 'interactions'] as const;
const videoFigures = ['views', 'watchMs'] as const;
/** Of whom only the latest people are remembered, so that the order in which users' partitions interleave decides a few of them. */
const peopleFigures = ['viewers', 'likes', 'shares', 'skips'] as const;
const peopleShareMax = 0.01;
const samples = 50;

/** @throws with the figure that differs */
export async function compareStates(config: Config, peer: FoldChild): Promise<void> {
  const redis = new Redis(config.redis.url);
  try {
    const users = await statesOf(redis, config, { processor: 'history', topic: 'user_activity' });
    const videos = await statesOf(redis, config, { processor: 'engagement', topic: 'video_engagement' });
    const { videos: videoSums, ...sums } = await peer.ask('sums');
    demandEqual('sum over users', userSums, sumOf(users.values(), userSums), sums as Figures);
    const both = [...videoFigures, ...peopleFigures];
    const ours = sumOf(videos.values(), both);
    demandEqual('sum over videos', videoFigures, ours, videoSums as Figures);
    for (const name of peopleFigures) demandClose(name, ours[name] ?? 0, (videoSums as Figures)[name] ?? 0);
    for (const [id, state] of spread(users))
      demandEqual(`user ${id}`, userFigures, state, figuresOf(await peer.ask(`user ${id}`)));
    for (const [id, state] of spread(videos))
      demandEqual(`video ${id}`, videoFigures, state, figuresOf(await peer.ask(`video ${id}`)));
  } finally {
    redis.disconnect();
  }
}

const figuresOf = ({ said: _said, ...figures }: Said): Figures => figures as Figures;

async function statesOf(
  redis: Redis,
  { namespace }: Config,
  { processor, topic }: { processor: string; topic: TopicName },
): Promise<Map<string, Figures>> {
  const { partitions } = topics[topic];
  const states = new Map<string, Figures>();
  for (let partition = 0; partition < partitions; partition++) {
    const tag = { namespace, generation: firstGeneration, processor, topic, partition };
    for (const [id, state] of Object.entries(await redis.hgetall(stateKey(tag)))) {
      if (partitionOf(id, partitions) !== partition) throw new Error(`${id} lies in partition ${partition}`);
      states.set(id, JSON.parse(state));
    }
  }
  return states;
}

function sumOf(states: Iterable<Figures>, names: readonly string[]): Figures {
  const sums: Figures = Object.fromEntries(names.map((name) => [name, 0]));
  for (const state of states) for (const name of names) sums[name] = (sums[name] ?? 0) + (state[name] ?? 0);
  return sums;
}

function spread<V>(map: ReadonlyMap<string, V>): [string, V][] {
  const every = Math.max(1, Math.floor(map.size / samples));
  return [...map].filter((_, i) => i % every === 0);
}

function demandEqual(what: string, names: readonly string[], ours: Figures, theirs: Figures): void {
  for (const name of names)
    if (ours[name] !== theirs[name])
      throw new Error(`the folds differ: ${name}, ${what}: ours ${ours[name]}, theirs ${theirs[name]}`);
}

function demandClose(name: string, ours: number, theirs: number): void {
  if (Math.abs(ours - theirs) > peopleShareMax * Math.max(ours, theirs))
    throw new Error(`the folds differ: ${name}, sum over videos: ours ${ours}, theirs ${theirs}`);
}
