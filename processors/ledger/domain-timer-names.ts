// How an account's timers are called: the plan's end, a subscription's renewal, a hold's expiry.

export const planTimer = 'plan';
export const subscriptionTimer = (creatorId: string): string => `subscription:${creatorId}`;
export const holdTimer = (holdId: string): string => `hold:${holdId}`;

export type Timer = { readonly kind: 'plan' | 'subscription' | 'hold'; readonly about: string };

/** @returns null for a name that no timer has */
export function timerOf(timerId: string): Timer | null {
  if (timerId === planTimer) return { kind: 'plan', about: '' };
  const colon = timerId.indexOf(':');
  const kind = timerId.slice(0, colon);
  return kind === 'subscription' || kind === 'hold' ? { kind, about: timerId.slice(colon + 1) } : null;
}
