// Where a video can be played, and why this person may: the only answer that has the address of a premium one.
import type { Candidate } from '../../processors/feed/domain.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { timeOf } from './money-answers.ts';

export type GetPlayback = { readonly id: string; readonly user_id?: string };

type Access =
  | { readonly why: 'free' | 'own' }
  | { readonly why: 'unlocked'; readonly transaction_id: string }
  | { readonly why: 'subscription'; readonly tier: number; readonly until: string };

export async function getPlayback(services: Services, { id, user_id: userId }: GetPlayback) {
  const video = (await services.videos.figures(id))?.candidate;
  if (video?.status !== 'published') return new Refusal('not_found', `there is no video ${id}`, { field: 'id' });
  const access = await accessTo(services, id, video, userId);
  if (!access) return toBePaid(video);
  const url = video.originalUrl;
  if (url === '') return new Refusal('not_found', 'nothing is known of where this video lies', { field: 'id' });
  return { video_id: id, media_url: url, access };
}

async function accessTo(services: Services, id: string, video: Candidate, userId?: string): Promise<Access | null> {
  const { premiumCoins, premiumTier, creatorId } = video;
  if (!premiumCoins && !premiumTier) return { why: 'free' };
  if (userId === undefined) return null;
  if (userId === creatorId) return { why: 'own' };
  const [transaction_id, account] = await Promise.all([
    services.wallets.unlocked(userId, id),
    premiumTier > 0 ? services.wallets.account(userId) : null,
  ]);
  if (transaction_id !== null) return { why: 'unlocked', transaction_id };
  const held = account?.subscriptions[creatorId];
  if (!held || held.tier < premiumTier) return null;
  return { why: 'subscription', tier: held.tier, until: timeOf(held.renewsAt) };
}

function toBePaid({ premiumCoins, premiumTier, creatorId }: Candidate): Refusal {
  const ways = [
    ...(premiumCoins > 0 ? [`${premiumCoins} coins unlock it`] : []),
    ...(premiumTier > 0 ? [`subscribers of tier ${premiumTier} and above see it`] : []),
  ];
  const about = {
    creator_id: creatorId,
    coins: premiumCoins > 0 ? premiumCoins : null,
    tier: premiumTier > 0 ? premiumTier : null,
  };
  return new Refusal('payment_required', ways.join('; '), { about });
}
