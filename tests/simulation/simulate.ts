// Runs one seed: makes its world, lets its actors act and its faults strike, and has the result judged.
import { days } from './actors.ts';
import { clock } from './clock.ts';
import type { Counts } from './coverage.ts';
import { judge } from './oracle.ts';
import { patrons, people, viewers } from './people.ts';
import { rebuilder } from './rebuilder.ts';
import { strike } from './strike.ts';
import { type Actor, type Kind, World, type WorldOptions } from './world.ts';

export type Verdict = { readonly failure: string | null; readonly counts: Counts; readonly trace: readonly string[] };

const actorsOf: Record<Kind, readonly Actor[]> = {
  chain: [viewers, days, rebuilder],
  ledger: [patrons, clock, days, rebuilder],
  regress: [viewers],
};

export async function simulate(options: WorldOptions): Promise<Verdict> {
  const world = new World(options);
  world.strike = strike;
  for (const person of people) world.keyHolders.add(person);
  let failure: string | null = null;
  try {
    for (const actor of actorsOf[world.kind]) actor(world);
    await world.run();
    judge(world);
  } catch (error) {
    failure = error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
    world.say(`!! ${error instanceof Error ? error.stack : error}`);
  }
  return { failure, counts: world.coverage.counts, trace: world.trace };
}
