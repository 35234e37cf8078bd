// The clock process: reads the timers of the live generation's committed states, and fires each until no state lists it.
import { recordOf, targetOf } from './actors.ts';
import type { Purse, PurseEvent, Timer } from './purse.ts';
import { untroubled } from './tables.ts';
import { type Actor, tagOf, type World } from './world.ts';

type Listed = { readonly account: string; readonly timer: string } & Timer;

export function* listedTimers(world: World): Generator<Listed> {
  for (const seat of world.seats) {
    if (seat.processor !== 'purse') continue;
    for (const [account, state] of world.redis.get(tagOf(seat)).states)
      for (const [timer, { due, coins }] of Object.entries((JSON.parse(state) as Purse).timers))
        yield { account, timer, due, coins };
  }
}

/** Before a timer that is still listed is fired again. */
const patienceSteps = 12;
/** A clock looks now and then; at rest, always. */
const lookEvery = 4;

export async function fire(world: World, account: string, timer: string): Promise<void> {
  const { scheduler, outside, logs } = world;
  world.firings.push({ account, timer });
  const event: PurseEvent = {
    eventId: `fired-${timer}-${world.firings.length}`,
    occurredAt: logs.now,
    actorId: 'clock',
    correlationId: 'simulation',
    source: 'clock',
    ruleSet: 0,
    origin: null,
    schema: 1,
    trouble: untroubled,
    kind: 'fired',
    account,
    timer,
  };
  const partition = targetOf('live_battles', account);
  await scheduler
    .effect(outside, 'outside', () => logs.append('live_battles', partition, recordOf(account, event)))
    .catch(() => {});
}

export const clock: Actor = (world) => {
  const { scheduler, outside, logs } = world;
  const notBefore = new Map<string, number>();
  scheduler.sources.push(function* () {
    if (world.faulty && scheduler.now % lookEvery !== 0) return;
    for (const { account, timer, due } of listedTimers(world)) {
      const again = notBefore.get(timer) ?? 0;
      if (world.faulty && (logs.now < due || again > scheduler.now)) continue;
      const happen = () => {
        logs.now = Math.max(logs.now, due);
        notBefore.set(timer, scheduler.now + patienceSteps);
        void fire(world, account, timer);
      };
      yield { line: outside, effect: 'outside', notBefore: world.faulty ? 0 : again, happen };
    }
  });
};
