// What is packed for a commit is what Redis's Lua unpacks: texts of every length at which the encoding changes, and of all alphabets.
import { Redis } from 'ioredis';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../infra/config.ts';
import { CommitOperations } from '../../processors/runtime/commit-operations.ts';
import { MessagePack } from '../../processors/runtime/message-pack.ts';

const redis = new Redis(readConfig().redis.url);
afterAll(() => redis.disconnect());

const unpacked = (bytes: Buffer) => redis.eval('return cmsgpack.unpack(ARGV[1])', 0, bytes);

describe('a commit in one argument', () => {
  it('keeps texts as they are', async () => {
    const lengths = [0, 1, 31, 32, 85, 86, 255, 256, 70_000];
    const texts = lengths.flatMap((length) => [
      'a'.repeat(length),
      'é'.repeat(length),
      `a${'語'.repeat(length)}`,
      '🙂'.repeat(length),
    ]);
    const pack = new MessagePack();
    pack.list(texts.length);
    for (const text of texts) pack.text(text);
    expect(await unpacked(pack.bytes)).toEqual(texts);
  });

  it('lists commands, cut where Lua could not unpack their arguments', async () => {
    const operations = new CommitOperations();
    operations.list('HSET', 'empty', []);
    operations.fields(
      'hash',
      new Map<number, string | null>([
        [1, 'one'],
        [2, null],
      ]),
      ['next', '3'],
    );
    operations.scores(
      'board',
      new Map([
        ['high', 2.5],
        ['gone', null],
      ]),
      1_000,
    );
    operations.increments('sums', new Map([['somebody', -3]]));
    operations.list(
      'HSET',
      'long',
      Array.from({ length: 4_001 }, (_, i) => String(i)),
    );
    const commands = (await unpacked(operations.bytes)) as string[][];
    expect(commands.slice(0, 6)).toEqual([
      ['HSET', 'hash', 'next', '3', '1', 'one'],
      ['HDEL', 'hash', '2'],
      ['ZADD', 'board', '2.5', 'high'],
      ['ZREM', 'board', 'gone'],
      ['ZREMRANGEBYRANK', 'board', '0', '-1001'],
      ['ZINCRBY', 'sums', '-3', 'somebody'],
    ]);
    expect(commands.slice(6).map((command) => command.length - 2)).toEqual([2_000, 2_000, 1]);
  });
});
