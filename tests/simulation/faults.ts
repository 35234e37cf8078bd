// What can go wrong between two effects of a slot.
import { fire, listedTimers } from './clock.ts';
import type { Process } from './cluster.ts';
import type { Hosting } from './hosting.ts';
import type { Step } from './scheduler.ts';
import { lastBuild } from './tables.ts';
import { tagOf, type World } from './world.ts';

export type Struck = {
  readonly world: World;
  readonly step: Step;
  readonly hosting: Hosting;
  readonly process: Process;
};

export type Fault = {
  readonly name: string;
  readonly weight: number;
  /** Whether it can strike here. */
  readonly can?: (struck: Struck) => boolean;
  /** Strikes right before the effect, which still has its turn unless the fault takes it. */
  readonly strike: (struck: Struck) => void;
};

/** No answer: whether it took effect is not known. */
export class Timeout extends Error {}

export const placeOf = ({ line, effect }: Step): string => `${line.last} → ${effect}`;

const answered = ({ step }: Struck): boolean => step.remote !== undefined;
/** Where builds throw on what older ones fold, nothing may be under way when the newer one looks. */
const settledOnly = ({ world }: Struck): boolean => world.kind !== 'regress';

function loseAnswer({ world, step }: Struck, then: (apply: (whole: boolean) => void) => void): void {
  world.scheduler.take(step);
  if (step.remote) then(step.remote.apply);
  step.remote?.fail(new Timeout(`${step.effect} timed out`));
}

/** A rebuild's slots are in no group, and of one build. */
const ofLive = ({ hosting }: Struck): boolean => !hosting.isShadow;

export const faults: readonly Fault[] = [
  { name: 'crash before', weight: 2, strike: ({ world, process }) => world.cluster.crash(process) },
  {
    name: 'crash after',
    weight: 2,
    can: answered,
    strike: ({ world, step, process }) => {
      world.scheduler.take(step);
      step.remote?.apply(true);
      world.cluster.crash(process);
    },
  },
  {
    name: 'timeout, applied',
    weight: 3,
    can: answered,
    strike: (struck) => loseAnswer(struck, (apply) => apply(struck.world.random.chance(0.6))),
  },
  { name: 'timeout, dropped', weight: 3, can: answered, strike: (struck) => loseAnswer(struck, () => {}) },
  {
    name: 'timeout, late',
    weight: 4,
    can: (struck) => answered(struck) && settledOnly(struck),
    strike: (struck) =>
      loseAnswer(struck, (apply) =>
        struck.world.scheduler.late.push({ by: struck.step.line, apply: () => apply(true) }),
      ),
  },
  {
    name: 'batch twice',
    weight: 40,
    can: ({ step }) => step.effect === 'batch',
    strike: ({ hosting }) => {
      hosting.repeats = true;
    },
  },
  {
    name: 'roll back',
    weight: 2,
    strike: ({ world, hosting }) => world.redis.rollBack(tagOf(hosting.seat), 1 + world.random.below(4)),
  },
  {
    name: 'roll back all',
    weight: 1.5,
    strike: ({ world }) => world.redis.rollBackTo(world.scheduler.now - 1 - world.random.below(40)),
  },
  { name: 'flush all', weight: 1.5, strike: ({ world }) => world.redis.flush() },
  {
    name: 'stall',
    weight: 2.6,
    can: settledOnly,
    strike: ({ world, process }) => {
      world.cluster.stall(process, 5 + world.random.below(70), true);
      world.scheduler.later(world.outside, 'outside', process.stalledUntil - world.scheduler.now, () =>
        woken(world, process),
      );
    },
  },
  {
    name: 'two handlers',
    weight: 3,
    can: (struck) => settledOnly(struck) && ofLive(struck),
    strike: ({ world, hosting }) => world.cluster.assign(hosting.seat),
  },
  {
    name: 'new build',
    weight: 3,
    can: (struck) => ofLive(struck) && struck.process.build < lastBuild && struck.world.random.chance(0.5),
    strike: ({ world, hosting, process }) => world.cluster.assign(hosting.seat, world.cluster.deploy(process)),
  },
  {
    name: 'erasure',
    weight: 2,
    can: ({ world }) => world.keyHolders.size > 0,
    strike: ({ world }) => void world.keyHolders.delete(world.random.pick([...world.keyHolders])),
  },
  {
    name: 'redrive twice',
    weight: 66,
    can: ({ world }) => !world.operator.cases('all').next().done,
    strike: ({ world }) => {
      void world.operator.redrive(world.random.pick([...world.operator.cases('all')]), true);
    },
  },
  {
    name: 'timer early',
    weight: 66,
    can: ({ world }) => notDue(world).length > 0,
    strike: ({ world }) => {
      const { account, timer } = world.random.pick(notDue(world));
      void fire(world, account, timer);
    },
  },
  {
    name: 'timer again',
    weight: 32,
    can: ({ world }) => world.firings.length > 0,
    strike: ({ world }) => {
      const { account, timer } = world.random.pick(world.firings);
      void fire(world, account, timer);
    },
  },
];

const notDue = (world: World) => [...listedTimers(world)].filter(({ due }) => due > world.logs.now);

/** The process goes on as if nothing had been. */
function woken(world: World, process: Process): void {
  if (!process.up) return;
  for (const [line, hosting] of world.cluster.all)
    if (hosting.process === process)
      for (const step of world.scheduler.pendingOf(line)) world.coverage.hit('zombie wakes', placeOf(step));
}
