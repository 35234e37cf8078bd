// Lets faults strike: how likely before which effect, and which one.
import { type Fault, faults, placeOf, type Struck, Timeout } from './faults.ts';
import type { Step } from './scheduler.ts';
import type { World } from './world.ts';

/** How likely a fault strikes before an effect, and in places where slots seldom are: there more often, so that all are struck enough. */
const usualChance = 0.066;
const chanceIn: Partial<Record<string, number>> = {
  'fault → wait': 0.062,
  'start → claim': 0.08,
  'claim → claim read': 0.08,
  'claim read → generations': 0.085,
  'generations → acquire': 0.085,
  'acquire → end': 0.078,
  'end → batch': 0.085,
  'fault → claim': 0.38,
  'fault → resume': 0.24,
  'resume → end': 0.24,
  'batch → commit': 0.32,
  'batch → outputs': 1,
  'batch → rows': 0.24,
  'batch → schema': 0.65,
  'batch → send': 0.85,
  'commit → batch': 0.12,
  'commit → outputs': 0.8,
  'letter → letter read': 0.55,
  'letter read → commit': 0.95,
  'outputs → letter': 0.42,
  'read → commit': 0.65,
  'read → outputs': 0.6,
  'read → rows': 0.12,
  'read → schema': 0.24,
  'read → send': 0.54,
  'rows → commit': 0.08,
  'rows → send': 0.2,
  'schema → outputs': 0.9,
  'schema → read': 0.6,
  'schema → rows': 0.2,
  'schema → send': 0.62,
  'send → commit': 0.2,
  'send → rows': 0.32,
  'send → send': 0.95,
};

/** Whether an outside actor's send fails. */
const outsideChance = 0.12;
/** A rebuild asks often, and none would ever come to its end. */
const rebuildChance = 0.015;

/** Lets a fault strike at what was picked, or none. @returns whether the step has lost its turn */
export function strike(world: World, step: Step): boolean {
  const { random, coverage } = world;
  const hosting = world.cluster.all.get(step.line);
  const chance = step.line.process ? rebuildChance : outsideChance;
  if (!hosting) return step.remote !== undefined && random.chance(chance) && strikeOutside(world, step);
  if (step.effect === 'outside') return false;
  const place = hosting.isShadow ? 'shadow' : placeOf(step);
  coverage.hit('passes', place);
  if (!random.chance((chanceIn[place] ?? usualChance) * world.intensity)) return false;
  const struck = { world, step, hosting, process: hosting.process };
  const fault = pickWeighed(world, struck);
  if (!fault) return false;
  world.say(`${fault.name} strikes ${step.line.name} before ${step.effect}`);
  coverage.hit(fault.name, place);
  fault.strike(struck);
  if (fault.name === 'batch twice') step.happen();
  return true;
}

function strikeOutside(world: World, step: Step): boolean {
  const { random, scheduler } = world;
  scheduler.take(step);
  const fate = random.below(3);
  if (fate === 0) step.remote?.apply(true);
  const { remote } = step;
  if (fate === 1 && remote) scheduler.late.push({ by: step.line, apply: () => remote.apply(true) });
  remote?.fail(new Timeout('no answer'));
  return true;
}

function pickWeighed({ random }: World, struck: Struck): Fault | undefined {
  const able = faults.filter(({ can }) => can?.(struck) ?? true);
  let left = random.next() * able.reduce((sum, { weight }) => sum + weight, 0);
  return able.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
}
