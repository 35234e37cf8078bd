// What is ready is answered at once: no turn of the event loop's queue between a question and its answer.
import { expect, it } from 'vitest';
import { anyone, demoCaller } from '../../api/access.ts';
import { visitorOf } from '../../api/limits/at-the-door.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { lateServices } from '../../api/ports.ts';
import { Refusal } from '../../api/problems.ts';
import { execute, type Route } from '../../api/route.ts';

const route: Route = {
  ...{ method: 'get', path: '/x', slug: 'x', summary: 'x', access: anyone, answer: {} },
  run: (_services, request) => request,
};
const call = { requestId: 'r', caller: demoCaller };
const world = (limited: Refusal | null | Promise<Refusal | null>) => {
  const { services, provide } = lateServices();
  provide('limits', { ...noLimits, ofRoute: () => limited });
  provide('identity', { callerOf: () => demoCaller });
  return services;
};

it('a call that waits for nothing is answered at once, its visitor known at once', () => {
  const services = world(null);
  expect(execute(route, services, {}, call)).toEqual({});
  expect(visitorOf(services, {}, { peer: '127.0.0.1:5' })).toMatchObject({ caller: demoCaller });
});

it('a call that waits for its limit is answered after it, or refused', async () => {
  expect(await execute(route, world(Promise.resolve(null)), {}, call)).toEqual({});
  const refusal = new Refusal('rate_limited', 'too many');
  expect(await execute(route, world(Promise.resolve(refusal)), {}, call)).toBe(refusal);
  expect(execute(route, world(refusal), {}, call)).toBe(refusal);
});

it('a part that is not there yet is refused, and found once it is', () => {
  const { services, provide } = lateServices();
  expect(() => services.feed).toThrow('still connecting to redis');
  provide('now', () => 7);
  expect(services.now()).toBe(7);
});
