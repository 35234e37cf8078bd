// Whose feedback an event id is: found in any partition, and not mistaken for another's once a later id has taken its place.
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Catalogue } from '../../processors/feed/ranking/catalogue.ts';
import { firstGenerations } from '../../processors/runtime/keys.ts';
import { feedbackEffect } from '../../projections/feedback.ts';
import { feedbackField, feedbackPlace } from '../../projections/history.ts';
import { strangerOf } from '../../projections/viewer-evidence.ts';
import type { UserActivity } from '../../schemas/generated.ts';

const index = new Map<string, string>();
const redis = {
  hget: async (key: string, place: string) => (key.includes(':5}') ? (index.get(place) ?? null) : null),
} as unknown as Redis;

const take = (eventId: string, userId: string, action = 'skip') => {
  for (const write of feedbackField({ action, eventId, userId } as UserActivity))
    if (write.kind === 'field') index.set(write.field, write.value ?? '');
};

/** Who was looked up. */
async function askedFor(eventId: string): Promise<string[]> {
  const asked: string[] = [];
  const evidence = async (userId: string) => {
    asked.push(userId);
    return strangerOf(userId);
  };
  const outside = { evidence, catalogue: new Catalogue(), next: () => [] };
  const place = { namespace: '', generations: firstGenerations };
  expect(await feedbackEffect(redis, place, outside, { eventId, items: 1 })).toBe('unknown_event');
  return asked;
}

it('is found by the id alone, until another id has its place', async () => {
  take('first', 'ana');
  expect(await askedFor('first')).toEqual(['ana']);
  expect(await askedFor('unheard')).toEqual([]);
  let n = 0;
  while (feedbackPlace(`other-${n}`) !== feedbackPlace('first')) n++;
  take(`other-${n}`, 'ben', 'like');
  expect(await askedFor('first')).toEqual(['ana']);
  take(`other-${n}`, 'ben', 'block');
  expect(await askedFor('first')).toEqual([]);
  expect(await askedFor(`other-${n}`)).toEqual(['ben']);
});
