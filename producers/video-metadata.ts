// The documented cache of video metadata: a copy in Redis for a while, which nothing is folded from and nobody depends on.
import { createLog } from '../infra/log.ts';
import { connectRedis, createRedis } from '../infra/redis.ts';
import { connectedConfig } from '../infra/running-stack.ts';

const secondsDefault = 3_600;
const secondsMax = 86_400;
const bytesMax = 65_536;

/** Keeps a copy for so many seconds. @throws RangeError if it is too large or kept for too long */
export async function cacheVideoMetadata(videoId: string, data: object, seconds = secondsDefault): Promise<void> {
  const text = JSON.stringify(data);
  if (Buffer.byteLength(text) > bytesMax) throw new RangeError(`data must be at most ${bytesMax} bytes as JSON`);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > secondsMax)
    throw new RangeError(`seconds must be a whole number from 1 to ${secondsMax}`);
  await withRedis((redis, key) => redis.set(key(videoId), text, 'EX', seconds));
}

/** The copy, or null once it is gone. */
export async function cachedVideoMetadata(videoId: string): Promise<unknown> {
  const text = await withRedis((redis, key) => redis.get(key(videoId)));
  return text === null ? null : JSON.parse(text);
}

type Redis = ReturnType<typeof createRedis>;

/** A connection for one call: this is for scripts, not for a busy path. */
async function withRedis<T>(use: (redis: Redis, key: (videoId: string) => string) => Promise<T>): Promise<T> {
  const config = connectedConfig();
  const redis = createRedis(config, createLog('producers', config.logLevel), { name: 'video-metadata' });
  try {
    await connectRedis(redis);
    return await use(redis, (videoId) => `${config.namespace}video-metadata:${videoId}`);
  } finally {
    redis.disconnect();
  }
}
