// What a piece of negative feedback has done to the feed of whoever gave it, and why a video is not in a feed.
import type { NoEffect } from '../../projections/feedback.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';

export type GetEffect = { readonly event_id: string; readonly user_id?: string; readonly items: number };

const missing: Readonly<Record<NoEffect, string>> = {
  unknown_event:
    'there is no such negative feedback among the latest 4,096 interactions of its user; without user_id only the latest ids are known',
  unknown_video: 'the video that it is about is not known here, so neither is its creator or topic',
};

export async function getEffect(services: Services, request: GetEffect) {
  const { event_id: eventId, user_id: userId, items } = request;
  const question = { eventId, ...(userId !== undefined && { userId }), items, now: services.now() };
  const effect = await services.feedback.effectOf(question);
  if (typeof effect === 'string') return new Refusal('not_found', missing[effect], { field: 'event_id' });
  const { what, before, after, sentence, action, reason, videoId, topic, partition, offset } = effect;
  return {
    event_id: eventId,
    user_id: effect.userId,
    action,
    reason,
    video_id: videoId,
    what,
    before,
    after,
    sentence,
    token: `${topic}:${partition}:${offset}`,
    offset,
  };
}

export type GetWhyNot = { readonly user_id: string; readonly video_id: string };

export async function getWhyNot(services: Services, { user_id: userId, video_id: videoId }: GetWhyNot) {
  const why = await services.feedback.whyNot({ userId, videoId, now: services.now() });
  if (!why) return new Refusal('not_found', `there is no video ${videoId}`, { field: 'video_id' });
  return { user_id: userId, video_id: videoId, ...why };
}
