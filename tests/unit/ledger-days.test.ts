// Whose day it is: the free swipes of a person are counted by the days of their time zone, whatever clocks and travellers do.
import { describe, expect, it } from 'vitest';
import {
  countedAt,
  dayIn,
  isTimeZone,
  noSwipes,
  type Swipes,
  withZone,
} from '../../processors/ledger/domain-local-days.ts';

const at = (time: string) => Date.parse(time);
const used = (swipes: Swipes, now: string): Swipes => {
  const counted = countedAt(swipes, at(now));
  return { ...counted, used: counted.used + 1 };
};
const inZone = (zone: string, day = '', count = 0): Swipes => ({ zone, nextZone: null, day, used: count });

describe('the local day', () => {
  it.each([
    ['UTC', '2027-01-31T23:59:59.999Z', '2027-01-31'],
    ['UTC', '2027-02-01T00:00:00Z', '2027-02-01'],
    ['Asia/Kathmandu', '2027-01-31T18:14:59Z', '2027-01-31'],
    ['Asia/Kathmandu', '2027-01-31T18:15:00Z', '2027-02-01'],
    ['Pacific/Kiritimati', '2027-01-31T10:00:00Z', '2027-02-01'],
    ['Pacific/Pago_Pago', '2027-02-01T10:59:59Z', '2027-01-31'],
    ['Africa/Abidjan', '0999-12-31T12:00:00Z', '0999-12-31'],
  ])('of %s at %s is %s', (zone, now, day) => expect(dayIn(zone, at(now))).toBe(day));

  it.each([
    // Berlin: a day of 23 hours, and one of 25.
    ['2027-03-28', '2027-03-27T23:00:00Z', '2027-03-28T22:00:00Z', 23],
    ['2027-10-31', '2027-10-30T22:00:00Z', '2027-10-31T23:00:00Z', 25],
  ])('%s begins at midnight and ends at midnight where clocks are changed', (day, from, until, hours) => {
    expect((at(until) - at(from)) / 3_600_000).toBe(hours);
    const days = [at(from) - 1, at(from), at(until) - 1, at(until)].map((now) => dayIn('Europe/Berlin', now) === day);
    expect(days).toEqual([false, true, true, false]);
  });

  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'Asia/Calcutta'])(
    'knows %s',
    (zone) => expect(isTimeZone(zone)).toBe(true),
  );
  it.each(['', 'Nowhere/Land', '+02:00', '-01', 'constructor', 'Europe/Berlin ', 'x'.repeat(80)])(
    'knows no %j',
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );
});

describe('the count of a day', () => {
  it('begins anew with each local day, not with each day of UTC', () => {
    let swipes = used(inZone('America/New_York'), '2027-06-01T12:00:00Z');
    swipes = used(swipes, '2027-06-02T03:59:59Z');
    expect(swipes).toEqual(inZone('America/New_York', '2027-06-01', 2));
    expect(used(swipes, '2027-06-02T04:00:00Z')).toEqual(inZone('America/New_York', '2027-06-02', 1));
  });

  it('is of the first zone that is told, if nothing was counted before', () => {
    expect(used(withZone(noSwipes, 'Asia/Tokyo'), '2027-06-01T20:00:00Z')).toEqual(
      inZone('Asia/Tokyo', '2027-06-02', 1),
    );
  });

  it('goes on in the old zone until its day is over', () => {
    const moved = withZone(inZone('UTC', '2027-06-01', 5), 'Asia/Tokyo');
    expect(countedAt(moved, at('2027-06-01T23:59:59Z'))).toBe(moved);
    expect(countedAt(moved, at('2027-06-02T00:00:00Z'))).toEqual(inZone('Asia/Tokyo', '2027-06-02', 0));
  });

  it('gives nothing again where the new zone is still in a day that was counted', () => {
    const moved = withZone(inZone('Pacific/Kiritimati', '2027-06-02', 5), 'Pacific/Pago_Pago');
    // The third there, and in the new zone the first still: nothing before its own third.
    const taken = countedAt(moved, at('2027-06-02T10:00:00Z'));
    expect(taken).toEqual(inZone('Pacific/Pago_Pago', '2027-06-02', 5));
    expect(countedAt(taken, at('2027-06-03T10:59:59Z'))).toBe(taken);
    expect(countedAt(taken, at('2027-06-03T11:00:00Z'))).toEqual(inZone('Pacific/Pago_Pago', '2027-06-03', 0));
  });

  it('is as it was for somebody who goes back before the day is over', () => {
    const swipes = inZone('Europe/Berlin', '2027-06-01', 3);
    expect(withZone(withZone(swipes, 'Asia/Tokyo'), 'Europe/Berlin')).toEqual(swipes);
    expect(withZone(swipes, 'Europe/Berlin')).toBe(swipes);
  });

  it('gives no more days than there are, to somebody who moves every hour', () => {
    const zones = ['Pacific/Kiritimati', 'UTC', 'Pacific/Pago_Pago', 'America/New_York'];
    let swipes: Swipes = noSwipes;
    const days = new Set<string>();
    const labels: string[] = [];
    for (let hour = 0; hour < 24 * 20; hour++) {
      swipes = countedAt(
        withZone(swipes, zones[hour % zones.length] as string),
        at('2027-03-20T00:00:00Z') + hour * 3_600_000,
      );
      if (labels.at(-1) !== swipes.day) labels.push(swipes.day);
      days.add(swipes.day);
    }
    expect(labels).toEqual([...days].sort());
    // Twenty days, and the one that has begun at the other end of the world.
    expect(days.size).toBeLessThanOrEqual(21);
  });

  it('is never given again by a record that is dated before', () => {
    const swipes = inZone('UTC', '2027-06-05', 5);
    expect(countedAt(swipes, at('2020-01-01T00:00:00Z'))).toBe(swipes);
  });
});
