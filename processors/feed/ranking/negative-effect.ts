// What a piece of negative feedback has done: the share of what it was about among the next videos, without it and with it.
import type { NotInterestedReason } from '../../../schemas/ids.ts';
import type { Hidden } from '../../history/domain.ts';
import type { Catalogue } from './catalogue.ts';
import type { Item } from './item.ts';
import { Memory } from './memory.ts';
import type { Interaction } from './opinion.ts';
import type { Evidence } from './viewer.ts';

export type Feedback = {
  readonly eventId: string;
  readonly action: 'not_interested' | 'skip' | 'block' | 'report';
  readonly reason: NotInterestedReason | 'skipped' | 'blocked' | 'reported';
  readonly offset: number;
  /** Null for a block or a report. */
  readonly videoId: string | null;
  /** Whom a block or a report is about. */
  readonly targetId: string | null;
};

export type What = { readonly kind: 'creator' | 'topic' | 'video'; readonly id: string };

/** Among the next videos of the user's feed. */
export type Share = {
  /** Of a creator or topic the part of the videos; of a video the mean likeness to it, in [0, 1]. */
  readonly share: number;
  readonly items: number;
  /** 1 for the first; null where none is among them. */
  readonly rank_of_first: number | null;
};

export type Effect = {
  readonly what: What;
  readonly before: Share;
  readonly after: Share;
  readonly sentence: string;
};

/** The negative feedback of this id, if the user's history still knows it. */
export function feedbackOf({ history, interactions }: Evidence, eventId: string): Feedback | null {
  const one = interactions.find((interaction) => interaction.eventId === eventId);
  if (one) return aboutVideo(one, eventId);
  return hiddenBy(history?.blocks, eventId, 'block') ?? hiddenBy(history?.reports, eventId, 'report');
}

function aboutVideo({ action, reason, offset, videoId }: Interaction, eventId: string): Feedback {
  const known = { eventId, offset, videoId, targetId: null };
  if (action === 'skip') return { ...known, action, reason: 'skipped' };
  return { ...known, action: 'not_interested', reason: reason ?? 'video' };
}

function hiddenBy(hidden: readonly Hidden[] | undefined, eventId: string, action: 'block' | 'report'): Feedback | null {
  const [targetId, offset] = hidden?.find(([, , id]) => id === eventId) ?? [];
  if (targetId === undefined || offset === undefined) return null;
  return { eventId, action, reason: action === 'block' ? 'blocked' : 'reported', offset, videoId: null, targetId };
}

/** What is known of the user, as if that one event had never been; a follow that a block ended does not come back. */
export function evidenceWithout(evidence: Evidence, { eventId, offset }: Feedback): Evidence {
  const interactions = evidence.interactions.filter((one) => one.eventId !== eventId || one.offset !== offset);
  const others = (hidden: readonly Hidden[]) => hidden.filter(([, , id]) => id !== eventId);
  const { history } = evidence;
  return {
    ...evidence,
    history: history && { ...history, blocks: others(history.blocks), reports: others(history.reports) },
    interactions,
    memory: Memory.of(interactions),
  };
}

/** Null where the video is not known, and so neither its creator nor its topic. */
export function whatOf({ reason, videoId, targetId }: Feedback, catalogue: Catalogue): What | null {
  if (targetId !== null) return { kind: 'creator', id: targetId };
  const item = catalogue.get(videoId ?? '');
  if (!item) return null;
  if (reason === 'creator') return { kind: 'creator', id: item.creatorId };
  // A video without a category has no topic to point at.
  if (reason === 'topic' && item.category !== '') return { kind: 'topic', id: item.category };
  return { kind: 'video', id: item.id };
}

/** @param before the next videos had it not been, in their order */
export function effectOn(what: What, before: readonly Item[], after: readonly Item[], catalogue: Catalogue): Effect {
  const [then, now] = [shareOf(what, before, catalogue), shareOf(what, after, catalogue)];
  return { what, before: then, after: now, sentence: sentenceOf(what, then, now) };
}

function shareOf(what: What, items: readonly Item[], catalogue: Catalogue): Share {
  const first = items.findIndex((item) => isAbout(what, item));
  const sum = items.reduce((total, item) => total + partOf(what, item, catalogue), 0);
  return {
    share: items.length === 0 ? 0 : sum / items.length,
    items: items.length,
    rank_of_first: first < 0 ? null : first + 1,
  };
}

function isAbout({ kind, id }: What, item: Item): boolean {
  if (kind === 'creator') return item.creatorId === id;
  return kind === 'topic' ? item.category === id : item.id === id;
}

function partOf(what: What, item: Item, catalogue: Catalogue): number {
  if (what.kind !== 'video' || isAbout(what, item)) return isAbout(what, item) ? 1 : 0;
  const video = catalogue.get(what.id);
  return video ? catalogue.vocabulary.similarity(item, video) : 0;
}

function sentenceOf({ kind, id }: What, before: Share, after: Share): string {
  if (kind !== 'video') {
    const count = ({ share, items }: Share) => `${Math.round(share * items)} of the next ${items} videos`;
    const whose = kind === 'topic' ? `in the topic "${id}"` : `by the creator ${id}`;
    return `Without it ${count(before)} would be ${whose}${placeOf(before)}; with it ${count(after)} are${placeOf(after)}`;
  }
  const likeness = ({ share }: Share) => `${(share * 100).toFixed(1)}%`;
  const place = ({ rank_of_first: rank, items }: Share) =>
    rank === null ? `not among the next ${items} videos` : `at place ${rank} of the next ${items}`;
  return `Without it this video would be ${place(before)}, which would be ${likeness(before)} like it; with it it is ${place(after)}, which are ${likeness(after)} like it`;
}

const placeOf = ({ rank_of_first: rank }: Share): string => (rank === null ? '' : `, the first at place ${rank}`);
