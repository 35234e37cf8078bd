// Whether the platform can serve: health per dependency, and readiness once the demo feed has something to show.
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';

/** The user of the demo feed, as in the documented example call. */
export const demoUser = 'test';

export function getHealth(services: Services) {
  return services.health.report();
}

const shown = new WeakSet<Services>();

/** The demo feed is ranked until it has once had items: a ranking leaves a receipt, and readiness is asked for all day. */
export async function getReady(services: Services) {
  const candidates = services.feed.candidateCount();
  if (candidates === 0) return new Refusal('not_ready', 'no video has been published yet, so the demo feed is empty');
  if (!shown.has(services)) {
    const page = await services.feed.rank({ userId: demoUser, limit: 1, now: services.now(), unseen: true });
    if (page.videos.length === 0) return new Refusal('not_ready', 'the demo feed has no items yet');
    shown.add(services);
  }
  return { status: 'ready' as const, candidates };
}
