// The client in Python, generated from the protos, against the platform; skipped, and said so, where there is no Python with grpcio.
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiServer } from '../../api/server.ts';
import { World } from '../world.ts';

const python = process.env.CLIENT_PYTHON ?? 'python3';
const folder = fileURLToPath(new URL('../../clients/python/', import.meta.url));
const hasGrpc = spawnSync(python, ['-c', 'import grpc_tools, grpc_status'], { timeout: 20_000 }).status === 0;
const run = promisify(execFile);

const envelope = () => ({
  ...{ eventId: randomUUID(), occurredAt: Date.now(), actorId: 'test', correlationId: 'test', source: 'test' },
  ...{ origin: null },
});

describe.skipIf(!hasGrpc)(`the client in Python (skipped without clients/python/requirements.txt in ${python})`, () => {
  let world: World;
  let api: ApiServer;

  beforeAll(async () => {
    world = await World.make();
    await world.run();
    const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 } };
    api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
    const url = await api.listen();
    const video = { ...envelope(), ruleSet: 0, videoId: 'video-1', action: 'published', creatorId: 'maker' };
    const shown = { title: 'A title', category: 'music', tags: [], durationMs: 2_000, publishedAt: Date.now() };
    await world.append('video_uploads', [{ ...video, ...shown, originalUrl: 'https://media.example/a.mp4' }]);
    const coins = { type: 'coin_purchase', accountId: 'ana', asset: 'COIN', amount: 100, provider: 'local' };
    await world.append('payment_transactions', [{ ...envelope(), ruleSet: 1, ...coins }]);
    await world.settle();
    const isServed = async () => {
      const response = await fetch(`${url}/api/grpc/feed?user_id=ana`);
      expect(((await response.json()) as { videos: unknown[] }).videos).toHaveLength(1);
    };
    await vi.waitFor(isServed, { timeout: 30_000 });
  }, 90_000);

  afterAll(async () => {
    await api?.close();
    await world?.drop();
  });

  it('reads a feed, posts, sends gifts, and tells what was refused and why', async () => {
    await run(python, ['generate.py'], { cwd: folder, timeout: 30_000 });
    const addresses = {
      GRPC_FEED_URL: `127.0.0.1:${api.grpcPort('feed')}`,
      GRPC_MONETIZATION_URL: `127.0.0.1:${api.grpcPort('monetization')}`,
    };
    const env = { ...process.env, ...addresses };
    const { stdout } = await run(python, ['example.py', 'ana'], { cwd: folder, env, timeout: 30_000 });
    expect(stdout.split('\n').map((line) => line.replace(/'transaction_id': '[^']+'/, '…'))).toEqual([
      expect.stringMatching(/^video-1 0\.\d{3} Recently posted/),
      expect.stringMatching(/^like accepted: user_activity:\d:\d+$/),
      'a page that has seen it: video-1',
      "page refused: INVALID_ARGUMENT {'reason': 'invalid_field', 'field': 'limit'}",
      'gift: 10 coins, 90 left, repeat: False',
      'gift: 10 coins, 90 left, repeat: True',
      "gift refused: FAILED_PRECONDITION {'reason': 'insufficient_funds', …}",
      '',
    ]);
  }, 60_000);
});
