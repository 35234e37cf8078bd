// Ids made here: UUIDs of version 7 of the present time, each later than the one before, also where the clock stands or goes back.
import { validate, version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { uuidv7 } from '../../infra/uuid.ts';

const msOf = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16);

afterEach(() => void vi.useRealTimers());

describe('an id', () => {
  it('is a UUID of version 7 made now', () => {
    const before = Date.now();
    const id = uuidv7();
    expect([validate(id), version(id)]).toEqual([true, 7]);
    expect(msOf(id)).toBeGreaterThanOrEqual(before);
    expect(msOf(id)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('is later than those before it while the clock stands, and where it goes back', () => {
    vi.useFakeTimers({ now: Date.now() + 60_000 });
    const standing = Array.from({ length: 3_000 }, () => uuidv7());
    vi.setSystemTime(Date.now() - 1_000);
    const all = [...standing, ...Array.from({ length: 3_000 }, () => uuidv7())];
    expect(all).toEqual([...all].sort());
    expect(new Set(all).size).toBe(all.length);
  });

  it('shares no random bytes with its neighbours', () => {
    const tails = Array.from({ length: 1_000 }, () => uuidv7().slice(-10));
    expect(new Set(tails).size).toBe(tails.length);
  });
});
