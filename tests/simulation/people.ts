// Named people and what they do in a seed: who watches what, who gives to whom, with which events some builds cannot cope.
import { publish, recordOf } from './actors.ts';
import type { PurseEvent } from './purse.ts';
import { type Envelope, type Trouble, untroubled } from './tables.ts';
import type { Viewed } from './viewing.ts';
import type { Actor, World } from './world.ts';

/** Their names hash to two partitions, two people each, and so do the videos'. */
export const people = ['ana', 'eva', 'ben', 'dan'] as const;
const videos = ['v3', 'v4', 'v7'] as const;

const encrypted = (person: string): string => `under ${person}'s key: ${person.toUpperCase()}`;

/** What a reader sees. */
export function revealed(world: World, person: string, name: string | null): string | null {
  if (name === null) return null;
  return world.keyHolders.has(person) ? (name.split(': ')[1] ?? null) : 'erased';
}

const envelope = (world: World, eventId: string, actorId: string, trouble: Trouble): Envelope => ({
  eventId,
  occurredAt: world.logs.now,
  actorId,
  correlationId: 'simulation',
  source: 'api',
  ruleSet: 0,
  origin: null,
  schema: 1 + world.random.below(3),
  trouble,
});

/** Older builds throw on it, cannot read it, or know that it is newer than they are. */
function troubleFor({ random }: World): Trouble {
  const chance = random.next();
  if (chance < 0.12) return { ...untroubled, throwsIn: random.chance(0.3) ? [1, 2] : [1] };
  if (chance < 0.2) return { ...untroubled, unreadableIn: [1] };
  if (chance < 0.24) return { ...untroubled, since: 2 };
  return untroubled;
}

/** In the seeds of builds that throw on what an older one folds. */
const regressed: Trouble = { ...untroubled, throwsIn: [2] };

async function act<E extends { readonly eventId: string }>(
  world: World,
  topic: 'user_activity' | 'live_battles',
  key: string,
  made: () => E,
): Promise<void> {
  await world.scheduler.pause(world.outside, world.random.below(260));
  await publish(world, topic, recordOf(key, made()));
}

export const viewers: Actor = (world) => {
  const { random } = world;
  for (let i = 0; i < 10; i++) {
    const userId = random.pick(people);
    const trouble = world.kind === 'regress' && random.chance(0.25) ? regressed : troubleFor(world);
    const videoIds = random.chance(0.4) ? [random.pick(videos), random.pick(videos)] : [random.pick(videos)];
    const seen = { userId, amount: 1 + random.below(9), videoIds, troubleAfter: troubleFor(world) };
    const made = (): Viewed => ({
      ...envelope(world, `view-${i}`, userId, trouble),
      ...seen,
      name: world.keyHolders.has(userId) ? encrypted(userId) : null,
    });
    world.published.set(`view-${i}`, seen);
    void act(world, 'user_activity', userId, made);
  }
};

export const patrons: Actor = (world) => {
  const { random } = world;
  for (const account of people) {
    const name = encrypted(account);
    const bought = { kind: 'bought', account, coins: 100, name } as const;
    const made = (): PurseEvent => ({ ...envelope(world, `purchase-${account}`, account, untroubled), ...bought });
    void publish(world, 'live_battles', recordOf(account, made()));
  }
  for (let i = 0; i < 10; i++) {
    const account = random.pick(people);
    const coins = 20 + random.below(60);
    const payee = random.pick(people.filter((person) => person !== account));
    const trouble = troubleFor(world);
    const troubleAfter = troubleFor(world);
    const id = random.chance(0.35) ? `hold-${i}` : `gift-${i}`;
    const deed = id.startsWith('hold') ? { kind: 'hold' as const } : { kind: 'gift' as const, payee, troubleAfter };
    const made = (): PurseEvent => ({ ...envelope(world, id, account, trouble), ...deed, account, coins });
    world.published.set(id, { userId: account, amount: coins, videoIds: [] });
    void act(world, 'live_battles', account, made);
  }
};
