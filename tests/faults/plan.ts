// What a seed does to the platform, and when: acts one after another, each a fault or several at once. Pure.
import { type Random, seeded } from '../../producers/simulate/random.ts';

export const faultKinds = [
  'processor killed',
  'API killed',
  'processor frozen',
  'broker killed',
  'registry down',
  'Cassandra stopped',
  'Cassandra slow',
  'Redis killed',
  'Redis set back',
  'batches again',
  'poison',
  'processors added',
  'processor taken away',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Step = {
  readonly kind: FaultKind;
  /** From the beginning of the act, and how long it lasts. */
  readonly afterMs: number;
  readonly forMs: number;
  /** For what chance decides within it. */
  readonly seed: number;
};
export type Act = { readonly steps: readonly Step[] };
export type Plan = {
  readonly seed: number;
  readonly eventsPerSecond: number;
  readonly acts: readonly Act[];
};

/** Longer than the session timeout of 6 s, and than every client's patience with a request. */
const outageMs = 10_000;
const frozenMs = 8_500;
const companionAfterMsMax = 6_000;

/** What takes a while; all else happens at once. */
const lasting: readonly FaultKind[] = [
  'processor frozen',
  'broker killed',
  'registry down',
  'Cassandra stopped',
  'Cassandra slow',
  'Redis killed',
  'Redis set back',
];

/** Outages that are watched while nothing else is wrong. */
const watched: readonly FaultKind[] = ['Redis killed', 'Cassandra stopped'];
const pairable: readonly FaultKind[] = [
  'broker killed',
  'registry down',
  'Cassandra slow',
  'Redis set back',
  'processor frozen',
];

export function planOf(seed: number, isShort: boolean): Plan {
  const random = seeded(seed);
  const plan = { seed, eventsPerSecond: 60 + random.whole(80) };
  return { ...plan, acts: isShort ? shortActs(random) : wholeActs(random) };
}

function wholeActs(random: Random): Act[] {
  const [one, other, ...alone] = shuffled(random, pairable);
  const pair = [one, other]
    .filter((kind) => kind !== undefined)
    .map((kind) => stepOf(random, kind, random.whole(3_000)));
  const singles = [...alone, ...watched].map((kind) => [stepOf(random, kind)]);
  const between = shuffled(random, [pair, ...singles]);
  // Three processes are there before one is frozen or taken away.
  const acts = [[stepOf(random, 'processors added')], ...between];
  acts.splice(2 + random.whole(acts.length - 1), 0, [stepOf(random, 'processor taken away')]);
  const quiet = acts.filter(([step]) => step && step.kind !== 'processor taken away' && !watched.includes(step.kind));
  for (const kind of ['processor killed', 'API killed', 'processor killed'] as const)
    random.pick(quiet).push(stepOf(random, kind, random.whole(companionAfterMsMax)));
  for (const kind of ['poison', 'batches again', 'poison', 'batches again'] as const)
    random.pick(acts).push(stepOf(random, kind, random.whole(companionAfterMsMax)));
  return acts.map((steps) => ({ steps }));
}

/** What takes seconds, not tens of them. */
function shortActs(random: Random): Act[] {
  const brief = (kind: FaultKind, afterMs: number, forMs: number) => ({ ...stepOf(random, kind, afterMs), forMs });
  return [
    { steps: [brief('processors added', 0, 0), brief('poison', 500, 0)] },
    { steps: [brief('Redis killed', 0, 3_000), brief('batches again', 200, 0), brief('processor killed', 500, 0)] },
    { steps: [brief('Redis set back', 0, 0), brief('API killed', 300, 0), brief('Cassandra stopped', 800, 2_500)] },
  ];
}

function stepOf(random: Random, kind: FaultKind, afterMs = 0): Step {
  const outage = kind === 'processor frozen' ? frozenMs : outageMs + random.whole(2_000) - 1_000;
  return { kind, afterMs, forMs: lasting.includes(kind) ? outage : 0, seed: random.whole(2 ** 31) };
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.whole(rest.length), 1)[0] as T);
}
