// Reads the leaderboards: the boards that each partition keeps, merged, with the figures behind each score.
import type { Redis } from 'ioredis';
import type { Engagement } from '../processors/engagement/domain.ts';
import type { Figure } from '../processors/engagement/domain-points.ts';
import type { Candidate } from '../processors/feed/domain.ts';
import { type LiveGenerations, writeKey } from '../processors/runtime/keys.ts';
import { topics } from '../schemas/topics.ts';
import { type CreatorFigure, creatorBoard, creatorFigures, topCreators, topVideos } from './engagement.ts';
import { StateReader } from './state-reader.ts';

type Standing = { readonly place: number; readonly score: number };
export type TopVideo = Standing & {
  readonly videoId: string;
  readonly creatorId: string | null;
  readonly title: string | null;
  readonly figures: Readonly<Record<Figure | 'views', number>>;
};
export type TopCreator = Standing & {
  readonly creatorId: string;
  readonly figures: Readonly<Record<CreatorFigure, number>>;
};

type Scored = { readonly member: string; readonly score: number };

const partitions = Array.from({ length: topics.video_engagement.partitions }, (_, partition) => partition);
/** Videos that moderation holds back are passed over; so many more are read at first, and more where that is not enough. */
const spareVideos = 50;
/** So deep each partition is read at most; creators further down are not looked for. */
const depthMax = 12_800;

const bestFirst = (a: Scored, b: Scored): number => b.score - a.score || (a.member < b.member ? -1 : 1);

export class Leaderboards {
  readonly #redis: Redis;
  readonly #namespace: string;
  readonly #generations: LiveGenerations;
  readonly #states: StateReader;

  constructor(redis: Redis, namespace: string, generations: LiveGenerations) {
    this.#redis = redis;
    this.#namespace = namespace;
    this.#generations = generations;
    this.#states = new StateReader(redis, namespace, generations);
  }

  /** The best published videos; each is in one partition, so that the best of all are among the best of each. */
  async topVideos(limit: number): Promise<TopVideo[]> {
    for (let depth = limit + spareVideos; ; depth *= 4) {
      const tops = await this.#tops(topVideos, depth);
      const best = tops.flat().sort(bestFirst).slice(0, depth);
      const read = await Promise.all(best.map((scored) => this.#video(scored)));
      const videos = read.flatMap((video) => video ?? []);
      if (videos.length >= limit || best.length < depth || depth >= depthMax)
        return videos.slice(0, limit).map((video, index) => ({ place: index + 1, ...video }));
    }
  }

  /**
   * The creators with the largest sums over all partitions. Whoever is in no partition's first n can have at most the sum of the n-th
   * scores: once the last place has more than that, the answer is exact; else it reads deeper.
   */
  async topCreators(limit: number): Promise<TopCreator[]> {
    for (let depth = Math.max(100, 2 * limit); ; depth *= 4) {
      const tops = await this.#tops(topCreators, depth);
      const members = [...new Set(tops.flatMap((top) => top.map(({ member }) => member)))];
      const best = (await this.#sums(topCreators, members)).sort(bestFirst).slice(0, limit);
      const unseenMax = tops.reduce((sum, top) => sum + (top.length < depth ? 0 : (top.at(-1)?.score ?? 0)), 0);
      const isExact = unseenMax === 0 || (best.length === limit && (best.at(-1)?.score ?? 0) > unseenMax);
      if (isExact || depth >= depthMax) return this.#withFigures(best.filter(({ score }) => score > 0));
    }
  }

  async #withFigures(best: readonly Scored[]): Promise<TopCreator[]> {
    const members = best.map(({ member }) => member);
    const sums = await Promise.all(creatorFigures.map((figure) => this.#sums(creatorBoard(figure), members)));
    return best.map(({ member, score }, index) => ({
      place: index + 1,
      creatorId: member,
      score,
      figures: Object.fromEntries(
        creatorFigures.map((figure, at) => [figure, sums[at]?.[index]?.score ?? 0]),
      ) as TopCreator['figures'],
    }));
  }

  async #video({ member, score }: Scored): Promise<Omit<TopVideo, 'place'> | null> {
    const [engagement, candidate] = await Promise.all([
      this.#states.state<Engagement>('engagement', 'video_engagement', member),
      this.#states.state<Candidate>('feed', 'video_uploads', member),
    ]);
    if (!engagement || candidate?.status === 'moderated') return null;
    const { views, viewers, likes, shares, comments, creatorId } = engagement;
    const figures = { views, viewers, likes, shares, comments };
    return { videoId: member, creatorId, title: candidate?.title || null, score, figures };
  }

  #tops(board: string, depth: number): Promise<Scored[][]> {
    return Promise.all(
      partitions.map(async (partition) => {
        const flat = await this.#redis.zrevrange(this.#board(board, partition), 0, depth - 1, 'WITHSCORES');
        return Array.from({ length: flat.length / 2 }, (_, i) => ({
          member: flat[2 * i] as string,
          score: Number(flat[2 * i + 1]),
        }));
      }),
    );
  }

  /** In the order of the members. */
  async #sums(board: string, members: readonly string[]): Promise<Scored[]> {
    if (members.length === 0) return [];
    const scores = await Promise.all(
      partitions.map((partition) => this.#redis.zmscore(this.#board(board, partition), ...members)),
    );
    return members.map((member, i) => ({ member, score: scores.reduce((sum, of) => sum + Number(of[i] ?? 0), 0) }));
  }

  #board(board: string, partition: number): string {
    const generation = this.#generations.live('engagement');
    const of = { processor: 'engagement', topic: 'video_engagement', partition } as const;
    return writeKey({ namespace: this.#namespace, generation, ...of }, board);
  }
}
