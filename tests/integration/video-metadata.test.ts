// The cache of video metadata on a real Redis: what is put in comes out, for a while.
import { expect, it } from 'vitest';
import { cachedVideoMetadata, cacheVideoMetadata } from '../../producers/video-metadata.ts';

const videoId = `cached-${process.pid}-${Date.now()}`;

it('keeps a copy, and refuses what is too large or kept for too long', async () => {
  expect(await cachedVideoMetadata(videoId)).toBeNull();
  await cacheVideoMetadata(videoId, { title: 'Pasta', tags: ['food'] }, 60);
  expect(await cachedVideoMetadata(videoId)).toEqual({ title: 'Pasta', tags: ['food'] });
  await expect(cacheVideoMetadata(videoId, {}, 0)).rejects.toThrow('seconds');
  await expect(cacheVideoMetadata(videoId, { text: 'x'.repeat(70_000) })).rejects.toThrow('bytes');
});
