// Asks for feeds from a process of its own: as is told, or for every user's page once, so that pages are ready before the clock runs.
import { type FeedPlatform, printed, run, size } from './feed-platform.ts';
import type { LoadAsked, LoadMeasured } from './grpc-load-client.ts';

const filling = {
  over: 'grpc',
  users: size.users,
  connections: 8,
  warmUpSeconds: 0,
  seconds: 90,
  isOnceEach: true,
  pace: { callers: 64 },
} as const;

export const asked = async ({ env }: Pick<FeedPlatform, 'env'>, what: LoadAsked): Promise<LoadMeasured> =>
  JSON.parse(await printed(run('bench/grpc-load-client.ts', [JSON.stringify(what)], env))) as LoadMeasured;

/** @throws where not every user was answered */
export async function filled(platform: Pick<FeedPlatform, 'env'>, port: number): Promise<void> {
  const { answersInAll, failed } = await asked(platform, { ...filling, port });
  if (answersInAll < size.users) throw new Error(`${answersInAll} of ${size.users} pages, ${failed} failed`);
}
