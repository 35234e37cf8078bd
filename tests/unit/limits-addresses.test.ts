// Whose address a request comes from, who floods, and how limits are configured.
import { describe, expect, it } from 'vitest';
import { Peers } from '../../api/limits/addresses.ts';
import { FloodGuard } from '../../api/limits/flood-guard.ts';
import { withRates } from '../../api/limits/policies.ts';
import { readConfig } from '../../infra/config.ts';

describe('an address', () => {
  const peers = new Peers({ proxies: ['10.0.0.0/8', 'fd00::/8'], trusted: ['127.0.0.0/8', '::1'] });
  const of = (socket: string, forwarded?: string) => peers.of(socket, forwarded).address;

  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', undefined, '2001:db8:1:2::/64'],
    ['2001:db8::1', undefined, '2001:db8:0:0::/64'],
    ['203.0.113.9', '198.51.100.7', '203.0.113.9'],
    ['10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['10.0.0.1', '6.6.6.6, 198.51.100.7', '198.51.100.7'],
    ['::ffff:10.0.0.1', '6.6.6.6, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['10.0.0.1', '[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['10.0.0.1', '198.51.100.7:1234', '198.51.100.7'],
    ['10.0.0.1', 'nonsense', '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('of %s with X-Forwarded-For %s is %s', (socket, forwarded, expected) => {
    expect(of(socket, forwarded)).toBe(expected);
  });

  it('is trusted where it is told so, and not because a header says so', () => {
    expect(peers.of('::ffff:127.0.0.1').isTrusted).toBe(true);
    expect(peers.of('::1').isTrusted).toBe(true);
    expect(peers.of('203.0.113.9', '127.0.0.1').isTrusted).toBe(false);
    expect(peers.of('').isTrusted).toBe(false);
  });

  it.each(['example.test', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x'])('is not %s', (entry) => {
    expect(() => new Peers({ proxies: [entry], trusted: [] })).toThrow('TRUSTED_PROXIES');
  });
});

describe('a flood', () => {
  it('is cut off at its number in a second, and nobody else with it', () => {
    const guard = new FloodGuard(100);
    const admitted = Array.from({ length: 150 }, () => guard.admits('203.0.113.9', 5_000)).filter(Boolean);
    expect(admitted).toHaveLength(100);
    const others = Array.from({ length: 2_000 }, (_, i) => guard.admits(`198.51.${i >> 8}.${i & 255}`, 5_000));
    expect(others.every(Boolean)).toBe(true);
    expect(guard.admits('203.0.113.9', 6_000)).toBe(true);
  });
});

describe('the configuration', () => {
  it('trusts this machine only where nothing else can reach the API', () => {
    expect(readConfig({}).limits).toMatchObject({ isOn: true, trusted: ['127.0.0.0/8', '::1'], trustedProxies: [] });
    expect(readConfig({ HOST: '0.0.0.0' }).limits.trusted).toEqual([]);
  });

  it('replaces rates by name, and leases less of a smaller bucket', () => {
    const { rates } = readConfig({ RATE_LIMIT_RATES: 'user=40/2.5, login_name=3/0.1' }).limits;
    expect(withRates(rates)).toMatchObject({ user: { burst: 40, perSecond: 2.5, lease: 2 }, login_name: { burst: 3 } });
    expect(() => withRates({ nobody: { burst: 1, perSecond: 1 } })).toThrow('no limit nobody');
    for (const wrong of ['user=0/1', 'user=1/0'])
      expect(() => withRates(readConfig({ RATE_LIMIT_RATES: wrong }).limits.rates)).toThrow('user');
  });

  it.each([
    ['RATE_LIMITS', 'yes'],
    ['RATE_LIMIT_RATES', 'user=many'],
    ['CORS_ORIGINS', 'https://app.example/path'],
    ['CORS_ORIGINS', 'app.example'],
    ['DEMO_HOSTS', 'app.example:5000'],
    ['DEMO_HOSTS', 'http://app.example'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });

  it('lets any origin read on one machine only', () => {
    expect(readConfig({ CORS_ORIGINS: '*' }).corsOrigins).toEqual(['*']);
    expect(() => readConfig({ CORS_ORIGINS: '*', HOST: '0.0.0.0' })).toThrow('CORS_ORIGINS');
  });
});
