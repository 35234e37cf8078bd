// Judges a world at rest: everything kept must equal the oracle's fold, every effect must have been had once, money must add up.

import type { MemoChange } from '../../processors/runtime/ports.ts';
import { listedTimers } from './clock.ts';
import { type Expected, expectedOf } from './oracle-fold.ts';
import { people, revealed } from './people.ts';
import { type Purse, passing } from './purse.ts';
import { type Envelope, lastBuild, rowTables, tableOf } from './tables.ts';
import { type Seat, tagOf, type World } from './world.ts';

/** What a seed got wrong. */
export class Wrong extends Error {}

type Folds = readonly { readonly seat: Seat; readonly expected: Expected }[];

/** @throws Wrong */
export function judge(world: World): void {
  const folds = world.seats.map((seat) => ({ seat, expected: expectedOf(world, seat) }));
  for (const { seat, expected } of folds) judgeKept(world, seat, expected);
  judgeRows(world, folds);
  judgeEffects(folds);
  judgePushes(world, folds);
  if (world.kind === 'ledger') judgeMoney(world, folds);
  else judgeCounts(world, folds);
  judgeErasures(world, folds);
}

function demand(holds: boolean, what: () => string): void {
  if (!holds) throw new Wrong(what());
}

function same<V>(what: string, kept: ReadonlyMap<string, V>, expected: ReadonlyMap<string, V>): void {
  for (const [name, value] of expected)
    demand(kept.get(name) === value, () => `${what} ${name}: kept ${kept.get(name)}, the fold has ${value}`);
  for (const [name, value] of kept)
    demand(expected.has(name), () => `${what} ${name}: kept ${value}, the fold has none`);
}

function judgeKept(world: World, seat: Seat, expected: Expected): void {
  const tag = tagOf(seat);
  const kept = world.redis.get(tag);
  const end = world.logs.of(tableOf(seat.processor, lastBuild).input, seat.partition).length;
  demand(kept.offset === end, () => `${tag} is at ${kept.offset} of ${end}`);
  same(`${tag} state`, kept.states, expected.states);
  same(`${tag} field`, kept.fields, expected.fields);
  judgeMemos(tag, kept.memos, expected.memos);
  same(`${tag} score`, kept.scores, expected.scores);
  // Without watermarks none is kept; what that does must show elsewhere.
  const marks = new Map([...expected.marks].map(([lane, mark]) => [lane, mark.join('/')]));
  if (world.guards.watermark) same(`${tag} watermark`, kept.watermarks, marks);
  same(
    `${tag} pending skip`,
    new Map([...kept.skips].map(([offset, id]) => [String(offset), id])),
    new Map([...expected.pending].map(([offset, id]) => [String(offset), id])),
  );
  demand(expected.pending.size === 0, () => `${tag}: redriven, but still pending ${[...expected.pending]}`);
}

/** What may be forgotten need not be there; what is there is as it was written, and what may not be forgotten is there. */
function judgeMemos(tag: string, kept: ReadonlyMap<string, MemoChange>, expected: ReadonlyMap<string, string>): void {
  for (const [key, { value }] of kept)
    demand(value === expected.get(key), () => `${tag} memo ${key}: kept ${value}, the fold has ${expected.get(key)}`);
  for (const key of expected.keys())
    demand(kept.has(key) || key.startsWith(passing), () => `${tag} memo ${key}: kept none`);
}

function judgeRows(world: World, folds: Folds): void {
  for (const processor of world.processors) {
    const mine = folds.filter(({ seat }) => seat.processor === processor);
    const expected = new Map(mine.flatMap(({ expected: { rows } }) => [...rows]));
    const names = (name: string) => rowTables[processor].some((table) => name.startsWith(`${table} `));
    const kept = [...world.rows.all(mine[0]?.seat.generation ?? 1)].filter(([name]) => names(name));
    same('row', new Map(kept), expected);
  }
}

/** Every emission was folded downstream once, under one id, with its content; nothing else was. */
function judgeEffects(folds: Folds): void {
  const emissions = new Map(folds.flatMap(({ expected }) => [...expected.emissions]));
  const had = new Map<string, string>();
  const origins = new Map<string, string>();
  for (const { expected } of folds) {
    for (const { id, value } of expected.folded) {
      const event = JSON.parse(String(value)) as Envelope;
      if (event.origin === null) continue;
      const { origin } = event;
      const due = emissions.get(origin);
      demand(!had.has(origin), () => `${origin} had its effect twice`);
      demand(due !== undefined, () => `${origin} had an effect that it should not have`);
      demand(id === event.eventId && !origins.has(id), () => `${origin} and ${origins.get(id)} share the id ${id}`);
      had.set(origin, id);
      origins.set(id, origin);
      const content: Record<string, unknown> = { ...due?.emission.event, actorId: due?.cause.actorId };
      for (const [field, wanted] of Object.entries(content)) {
        const got = (event as unknown as Record<string, unknown>)[field];
        demand(JSON.stringify(got) === JSON.stringify(wanted), () => `${origin} ${field}: ${got}, should be ${wanted}`);
      }
    }
  }
  for (const origin of emissions.keys()) demand(had.has(origin), () => `${origin} had no effect`);
}

/** What listeners were told is what the fold had at that offset. */
function judgePushes(world: World, folds: Folds): void {
  // Generations are folded under the same rules: whichever told it.
  const nameOf = ({ processor, partition }: Seat) => `${processor} ${partition}`;
  const bySeat = new Map(folds.map(({ seat, expected }) => [nameOf(seat), expected]));
  for (const { seat, to, states } of world.pushed) {
    for (const [key, told] of states) {
      const past = bySeat.get(nameOf(seat))?.history.get(key);
      const then = past?.findLast(({ from }) => from <= to)?.state;
      demand(told === then, () => `${tagOf(seat)} at ${to} told ${told} of ${key}, the fold had ${then}`);
    }
  }
}

/** With everything dead-lettered redriven, each event that a client published counts once. */
function judgeCounts(world: World, folds: Folds): void {
  const counts = new Map<string, number>();
  const totals = new Map<string, number>();
  for (const { userId, amount, videoIds } of world.published.values()) {
    counts.set(userId, (counts.get(userId) ?? 0) + 1);
    for (const videoId of videoIds) totals.set(videoId, (totals.get(videoId) ?? 0) + amount);
  }
  const had = (field: 'count' | 'total', processor: Seat['processor']) =>
    new Map(
      folds
        .filter(({ seat }) => seat.processor === processor)
        .flatMap(({ expected }) =>
          [...expected.states].map(([key, state]) => [key, JSON.parse(state)[field]] as const),
        ),
    );
  same('views of', had('count', 'viewing'), counts);
  same('amount of', had('total', 'figures'), totals);
}

function judgeMoney(world: World, folds: Folds): void {
  const purses = new Map<string, Purse>();
  for (const { expected } of folds)
    for (const [account, state] of expected.states) purses.set(account, JSON.parse(state) as Purse);
  let inTransit = 0;
  for (const [account, purse] of purses) {
    const { balance, held, revenue, bought } = purse;
    inTransit += purse.inTransit;
    demand(balance >= 0 && held >= 0, () => `${account} is overdrawn: ${balance}, held ${held}`);
    demand(balance + held + revenue + purse.inTransit === bought, () => `${account} does not add up`);
    demand(held === 0, () => `${account} still holds ${held}`);
    for (const [timer, { due, at }] of Object.entries(purse.released))
      demand(at >= due, () => `${timer} acted at ${at}, due ${due}`);
  }
  demand(inTransit === 0, () => `${inTransit} coins are in transit for ever`);
  for (const [id, { userId }] of world.published) {
    const purse = purses.get(userId);
    const outcome = purse?.outcomes[id];
    demand(outcome !== undefined, () => `${id} of ${userId} has no outcome`);
    const released = purse?.released[`timer-${id}`] !== undefined;
    const due = id.startsWith('hold') && outcome === 'done';
    demand(released === due, () => `${id} of ${userId}: ${outcome}, ${released ? 'released' : 'never released'}`);
  }
  demand([...listedTimers(world)].length === 0, () => 'a timer is listed for ever');
}

/** Who was erased reads as erased, from states that are what they were. */
function judgeErasures(world: World, folds: Folds): void {
  for (const { expected } of folds) {
    for (const [key, state] of expected.states) {
      const person = people.find((name) => name === key);
      const { name } = JSON.parse(state) as { name?: string | null };
      if (!person || name === null || name === undefined) continue;
      const shown = world.keyHolders.has(person) ? person.toUpperCase() : 'erased';
      demand(revealed(world, person, name) === shown, () => `${person} reads as ${revealed(world, person, name)}`);
    }
  }
}
