// What somebody is told who asks for a service that is not there yet.
import { expect, it } from 'vitest';
import { Pending } from '../../api/pending.ts';
import { lateServices } from '../../api/ports.ts';
import type { Unavailable } from '../../api/unavailable.ts';

const told = (services: ReturnType<typeof lateServices>['services']) => {
  try {
    return void services.feed;
  } catch (error) {
    return { dependency: (error as Unavailable).dependency, detail: (error as Unavailable).message };
  }
};

it('names what is missing, not the store that is there', () => {
  const { services, explain } = lateServices();
  const pending = new Pending();
  expect(told(services)).toEqual({ dependency: 'redis', detail: 'still connecting to redis' });
  explain(() => pending.awaited());
  expect(told(services)?.dependency).toBe('redis');
  pending.begin('the models');
  pending.begin('the feed');
  expect(told(services)).toEqual({ dependency: 'kafka', detail: 'still waiting for the models, the feed' });
  pending.end('the models');
  pending.failed('the feed', 'processors');
  const detail = 'still waiting for the feed: processors does not answer';
  expect(told(services)).toEqual({ dependency: 'processors', detail });
});
