// A trained model on the real servers: learned from the topics, published on one, taken into use whole, and its receipts add up.
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { feedReads, type Offsets, worldFromLog } from '../../operations/logged-world.ts';
import { offsetsAt } from '../../operations/offsets-at.ts';
import { differences, sizeOf } from '../../operations/parity/compare.ts';
import { publishModel } from '../../operations/train/publish-model.ts';
import { trainFromLog } from '../../operations/train/train-from-log.ts';
import type { Model } from '../../processors/feed/ranking/learned/model.ts';
import { rank } from '../../processors/feed/ranking/rank.ts';
import { type VariantName, variantNames } from '../../processors/feed/ranking/variant-names.ts';
import { viewerOf } from '../../processors/feed/ranking/viewer.ts';
import { processors } from '../../processors/list.ts';
import { firstGenerations, metaKey } from '../../processors/runtime/keys.ts';
import { FeedReader } from '../../projections/feed.ts';
import { headerPart, Models, partKey } from '../../projections/models.ts';
import type { ModelPart } from '../../schemas/generated.ts';
import { likes, now, uploads, videoCount } from '../even-and-odd.ts';
import { World } from '../world.ts';

const within = { timeout: 10_000, interval: 10 };
let world: World;
let redis: Redis;
let reader: FeedReader;
let models: Models;
let model: Model;
/** After the uploads, before the likes. */
let uploaded: number;

beforeAll(async () => {
  world = await World.make();
  await world.run();
  await world.append('video_uploads', uploads());
  await world.settle();
  uploaded = Date.now();
  // A record of a later millisecond than all that was there.
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(uploaded), within);
  await world.append('user_activity', likes());
  await world.settle();
  const { config, log, kafka, registry } = world;
  const { namespace } = config;
  redis = createRedis(config, log, { name: 'test', autoPipelining: true });
  await connectRedis(redis);
  models = new Models({ kafka, registry, namespace, log, onFatal: (why) => log.fatal(why) });
  await models.start();
  reader = new FeedReader({ redis, namespace, generations: firstGenerations, log, models });
  await reader.start();
  await vi.waitFor(() => expect(reader.candidateCount()).toBe(videoCount), within);
}, 120_000);

afterAll(async () => {
  await reader?.stop();
  await models?.stop();
  redis?.disconnect();
  await world?.drop();
});

const pageOf = (variant: VariantName) => reader.rank({ userId: 'user2', limit: 10, now, variant });

async function receiptsOf(variant: VariantName) {
  const { videos: items } = await pageOf(variant);
  return Promise.all(items.map(({ receipt_id: id }) => reader.receipt(id ?? '')));
}

describe('a trained model', () => {
  it('is not there before the first training: learned ranks as fixed, and says so', async () => {
    const [receipt] = await receiptsOf('learned');
    expect(receipt).toMatchObject({ variant: 'fixed', model: null });
  });

  it('is taken into use without a restart, whole, and named in every receipt', async () => {
    ({ model } = await trainFromLog(world.kafka, world.config, () => {}));
    expect(model.ranker).not.toBeNull();
    await publishModel(world.kafka, world.config, 'learned', model);
    await models.caughtUp();
    for (const variant of variantNames) {
      const [receipt] = await receiptsOf(variant);
      expect(receipt).toMatchObject({ variant, model: { topic: 'models', version: model.version } });
    }
  }, 60_000);

  it.each(variantNames)('in the variant %s each receipt’s contributions sum to its score', async (variant) => {
    for (const receipt of await receiptsOf(variant)) {
      const factors = Object.values(receipt?.factors ?? {});
      const sum = factors.reduce((total, { value, weight }) => total + value * weight, 0);
      expect(Math.abs(sum - (receipt?.final_score ?? 0))).toBeLessThan(1e-6);
      expect(factors.reduce((total, { weight }) => total + weight, 0)).toBeCloseTo(1, 9);
      for (const { value } of factors) expect(value >= 0 && value <= 1).toBe(true);
    }
  });

  it('has learned who watches what: the even user’s unseen even videos stand before the odd ones', async () => {
    const met = new Set(likes().flatMap(({ userId, videoId }) => (userId === 'user2' ? [videoId] : [])));
    const ids = uploads().flatMap(({ videoId }) => (met.has(videoId) ? [] : [videoId]));
    const scores = await reader.scores({ userId: 'user2', videoIds: ids, variant: 'learned', now });
    const mean = (rest: number) => {
      const own = scores.filter((_, at) => Number(ids[at]?.slice(1)) % 2 === rest);
      return own.reduce((sum, score) => sum + score, 0) / own.length;
    };
    expect(mean(0)).toBeGreaterThan(mean(1));
  });

  it('of which a part is missing is not used', async () => {
    const codec = await world.codec<ModelPart>('models');
    const header = { model: 'learned', part: headerPart, version: 'broken', parts: 7, content: Buffer.from('{}') };
    await world.appendRaw('models', [{ key: partKey(header), value: codec.encode(header), partition: 0 }]);
    await models.caughtUp();
    expect(models.current('learned')?.model.version).toBe(model.version);
  });

  it.each(variantNames)(
    'serves, in the variant %s, the very numbers that the log gives',
    async (variant) => {
      const receipts = await receiptsOf(variant);
      const offsets: Record<string, readonly number[]> = {};
      for (const slug of feedReads) {
        const processor = processors[slug];
        const ends = await world.ends(processor.input);
        offsets[slug] = await Promise.all(
          [...ends.keys()]
            .sort((a, b) => a - b)
            .map(async (partition) =>
              Number((await world.redis.hget(metaKey(world.tag(processor as never, partition)), 'offset')) ?? 0),
            ),
        );
      }
      const logged = await worldFromLog({ kafka: world.kafka, config: world.config }, offsets as Offsets);
      const viewer = viewerOf(logged.evidence('user2'), logged.catalogue);
      const published = models.current('learned');
      const { items } = rank({
        catalogue: logged.catalogue,
        viewer,
        now,
        limit: 10,
        served: new Set(),
        variant,
        published,
      });
      expect(items.map(({ item }) => item.id)).toEqual(receipts.map((receipt) => receipt?.video_id));
      const all = receipts.flatMap((receipt, at) => differences(receipt?.factors, items[at]?.factors));
      expect(all.length).toBeGreaterThan(300);
      expect(Math.max(...all.map(sizeOf))).toBe(0);
    },
    60_000,
  );

  it('is not needed for what a feed was in the past: before the likes the videos were there and the user a stranger', async () => {
    const at = async (ms: number) =>
      worldFromLog(
        { kafka: world.kafka, config: world.config },
        await offsetsAt(world.kafka, world.config.namespace, ms),
      );
    const then = await at(uploaded + 1);
    expect([then.catalogue.liveCount, then.evidence('user2').history]).toEqual([videoCount, null]);
    expect((await at(0)).catalogue.liveCount).toBe(0);
    expect((await at(Date.now() - 1)).evidence('user2').history?.events).toBeGreaterThan(20);
  }, 60_000);
});
