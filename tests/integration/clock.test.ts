// The clock on the real servers: timers that a fold sets come back as events of its input, once, and not before they are due.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClock } from '../../processors/clock/connected.ts';
import type { Processor } from '../../processors/runtime/processor.ts';
import type { PaymentTransaction } from '../../schemas/generated.ts';
import { World } from '../world.ts';

type Alarm = { timers: Record<string, number>; fired: { timerId: string; due: number; at: number; dated: number }[] };
type Told = Alarm & { changed?: { timerId: string; due: number | null } };

const waitMs = 1_500;

/** A hold sets a timer, which goes when it fires. */
const alarms: Processor<Told, PaymentTransaction> = {
  name: `alarms${randomBytes(4).toString('hex')}`,
  input: 'payment_transactions',
  control: 'ledger_control',
  rules: 1,
  emitsTo: [],
  firstHop: false,
  pushesStates: false,
  initialState: () => ({ timers: {}, fired: [] }),
  evolve: ({ timers, fired }, event, { now }) => {
    if (event.type === 'hold') {
      const timerId = `hold:${event.transactionId}`;
      const due = now + Number(event.expiresAfterMs);
      return { timers: { ...timers, [timerId]: due }, fired, changed: { timerId, due } };
    }
    if (event.type !== 'timer_fired') return { timers, fired };
    const { timerId, due, occurredAt: dated } = event;
    const { [timerId]: _gone, ...left } = timers;
    return { timers: left, fired: [...fired, { timerId, due, at: now, dated }], changed: { timerId, due: null } };
  },
  writes: ({ changed }, { accountId }) =>
    changed ? [{ kind: 'score', board: 'timers', member: `${accountId} ${changed.timerId}`, score: changed.due }] : [],
  emits: () => [],
  tagOf: ({ type }) => type,
  timers: { event: (accountId, timerId, due) => ({ accountId, type: 'timer_fired', timerId, due }) },
};
const processor = alarms as unknown as Processor;

const hold = (accountId: string, transactionId: string, expiresAfterMs: number) => ({
  eventId: `event-${transactionId}`,
  occurredAt: Date.now(),
  actorId: accountId,
  correlationId: 'test',
  source: 'test',
  ruleSet: 1,
  origin: null,
  accountId,
  type: 'hold',
  transactionId,
  asset: 'COIN',
  amount: 1,
  expiresAfterMs,
});

let world: World;
beforeAll(async () => {
  world = await World.make();
});
afterAll(() => world.drop());

const all = async () => [...(await world.states<Alarm>(alarms)).values()];
const fired = async () => (await all()).flatMap((state) => state.fired);

it('fires each timer when it is due, and once', async () => {
  await world.run([processor]);
  const accounts = Array.from({ length: 12 }, (_, i) => `account${i}`);
  await world.append('payment_transactions', [
    ...accounts.map((account) => hold(account, `${account}-soon`, waitMs)),
    ...accounts.map((account) => hold(account, `${account}-late`, 200_000)),
  ]);
  await world.settle([processor]);
  const options = { config: world.config, log: world.log, processors: [processor], onFatal: () => {}, everyMs: 50 };
  const clock = await startClock(options);
  await expect.poll(async () => (await fired()).length, { timeout: 15_000 }).toBe(accounts.length);
  for (const { timerId, due, at, dated } of await fired()) {
    expect(dated).toBe(due);
    expect(timerId).toMatch(/-soon$/);
    expect(at).toBeGreaterThanOrEqual(due);
  }
  await clock.stop();

  // Another one, whose own time is four minutes later (more it would not believe), finds those that were not due then, and fires none a second time.
  const later = await startClock({ ...options, now: () => Date.now() + 240_000 });
  await expect.poll(async () => (await fired()).length, { timeout: 15_000 }).toBe(2 * accounts.length);
  await later.stop();
  await world.settle([processor]);
  expect(new Set((await fired()).map(({ timerId }) => timerId)).size).toBe(2 * accounts.length);
  expect((await all()).flatMap(({ timers }) => Object.keys(timers))).toEqual([]);
});
