// The certificate authority over two instances of the API: what it issues and revokes holds before openssl, and outlives restarts and a log that stalls.
import { X509Certificate } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as answers from '../../api/answers-security.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { ApiServer } from '../../api/server.ts';
import type { Config } from '../../infra/config.ts';
import { BrokerDoor } from '../broker-door.ts';
import { expectShape } from '../documented-shape.ts';
import { GrpcClient } from '../grpc-client.ts';
import { Openssl } from '../openssl.ts';
import { World } from '../world.ts';

type Json = Record<string, unknown>;
type Instance = { readonly api: ApiServer; readonly url: string };

const feed = { service_name: 'feed-service', common_name: 'feed.profithack.internal' };
const p256 = { ...feed, key_type: 'ECDSA_P256' };
const within = { timeout: 30_000, interval: 50 };
const openssl = new Openssl();

let world: World;
let first: Instance;
let second: Instance;
const all: Instance[] = [];

async function started(changed: Partial<Config> = {}): Promise<Instance> {
  const config = { ...world.config, api: { ...world.config.api, host: '127.0.0.1', port: 0 }, ...changed };
  const api = new ApiServer({ config, log: world.log, onFatal: (why) => world.log.fatal(why) });
  const instance = { api, url: await api.listen() };
  all.push(instance);
  await vi.waitFor(async () => expect((await ask('/api/grpc/security/crl', instance)).status).toBe(200), within);
  return instance;
}

async function ask(path: string, { url } = first, init?: RequestInit): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: (await response.json()) as Json };
}
const post = (what: string, body: object, instance = first) =>
  ask(`/api/grpc/security/${what}`, instance, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function issued(body: object, instance = first): Promise<Json> {
  const { status, body: answer } = await post('issue-cert', body, instance);
  expect([status, answer.detail]).toEqual([200, undefined]);
  return answer;
}

const pemIn = (answer: Json, name: string) => Buffer.from(String(answer[name]), 'base64').toString();
const bytes = async (path: string, { url } = first) => Buffer.from(await (await fetch(`${url}${path}`)).arrayBuffer());

/** Files as openssl wants them; the leaf's path. */
function files(answer: Json): string {
  const [intermediate = '', root = ''] = pemIn(answer, 'chain_pem').split(/(?<=-----END CERTIFICATE-----\n)/);
  openssl.file('root.pem', root);
  openssl.file('intermediate.pem', intermediate);
  if (answer.private_key_pem) openssl.file('leaf.key', pemIn(answer, 'private_key_pem'));
  return openssl.file('leaf.pem', pemIn(answer, 'certificate_pem'));
}

async function withLists(): Promise<void> {
  const { body } = await ask('/api/grpc/security/crl');
  const root = openssl.file('root.crl', await bytes('/api/security/root.crl'));
  const rootPem = openssl.run('crl', '-inform', 'der', '-in', root).said;
  openssl.file('lists.pem', pemIn(body, 'crl_pem') + rootPem);
}

const verified = (...more: string[]) =>
  openssl.run('verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'intermediate.pem', ...more, 'leaf.pem');

beforeAll(async () => {
  world = await World.make();
  // At once: one of them makes the authority, the other finds it.
  [first, second] = (await Promise.all([started(), started()])) as [Instance, Instance];
}, 120_000);

afterAll(async () => {
  await Promise.all(all.map(({ api }) => api.close()));
  await world.drop();
  openssl.drop();
});

describe('a certificate', () => {
  it.each(['RSA_2048', 'ECDSA_P256'])('with a %s key made for the caller holds before openssl', async (keyType) => {
    const answer = await issued({ ...feed, key_type: keyType });
    expectShape(answers.issued, answer);
    expect(answer.message).toBe('mTLS Certificate issued for feed-service. Valid for 90 days.');
    files(answer);
    expect(verified().said).toContain('leaf.pem: OK');
    const { said } = openssl.run('x509', '-in', 'leaf.pem', '-noout', '-text');
    expect(said).toContain('DNS:feed.profithack.internal, URI:spiffe://profithack/feed-service');
    expect(said).toContain('TLS Web Server Authentication, TLS Web Client Authentication');
    expect(said).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(said.includes('Key Encipherment')).toBe(keyType === 'RSA_2048');
    expect(said).toContain('/api/security/intermediate.crl');
    const leaf = new X509Certificate(pemIn(answer, 'certificate_pem'));
    expect(leaf.serialNumber.toLowerCase()).toBe(answer.serial_number);
    const days = (Date.parse(leaf.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
    expect(openssl.run('pkey', '-in', 'leaf.key', '-pubout').said).toBe(
      openssl.run('x509', '-in', 'leaf.pem', '-pubkey', '-noout').said,
    );
  });

  it('is RSA_2048 where nothing is said, also in camelCase', async () => {
    const answer = await issued({ serviceName: 'feed-service', commonName: 'feed.profithack.internal' });
    expect(answer.key_type).toBe('RSA_2048');
  });

  it('of a request is for its key, and takes neither its subject nor its extensions', async () => {
    const wish = [
      '-newkey',
      'rsa:2048',
      '-addext',
      'basicConstraints=CA:TRUE',
      '-addext',
      'subjectAltName=DNS:evil.example',
    ];
    const answer = await issued({ ...feed, csr: openssl.request(wish, '/CN=evil.example') });
    expect(answer.private_key_pem).toBeNull();
    files(answer);
    expect(verified().said).toContain('leaf.pem: OK');
    const { said } = openssl.run('x509', '-in', 'leaf.pem', '-noout', '-text');
    expect(said).not.toMatch(/evil|CA:TRUE/);
    expect(openssl.run('pkey', '-in', 'request.key', '-pubout').said).toBe(
      openssl.run('x509', '-in', 'leaf.pem', '-pubkey', '-noout').said,
    );
    const ec = openssl.request(['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    expect((await issued({ ...feed, csr: Buffer.from(ec).toString('base64') })).key_type).toBe('ECDSA_P256');
  });

  it.each([
    ['a short RSA key', ['-newkey', 'rsa:1024'], '1024 bits'],
    ['another curve', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'P-256'],
    ['another kind of key', ['-newkey', 'ed25519'], 'P-256'],
  ])('is not issued for %s', async (_, key, why) => {
    const { status, body } = await post('issue-cert', { ...feed, csr: openssl.request(key) });
    expect([status, body.reason, body.field]).toEqual([422, 'invalid_csr', 'csr']);
    expect(body.detail).toContain(why);
  });

  it('is not issued for a request that somebody has altered, nor for no request at all', async () => {
    const good = openssl.request(['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], '/CN=aaaaaaaa');
    const der = Buffer.from(good.replace(/-----[^-]+-----/g, ''), 'base64');
    const altered = Buffer.from(der.toString('latin1').replace('aaaaaaaa', 'bbbbbbbb'), 'latin1').toString('base64');
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${altered}\n-----END CERTIFICATE REQUEST-----\n`;
    for (const [csr, why] of [
      [pem, 'not signed'],
      ['nonsense', 'PEM'],
      [good.replace(/[A-Z]{4}/g, 'AAAA'), ''],
    ] as const) {
      const { status, body } = await post('issue-cert', { ...feed, csr });
      expect([status, body.reason]).toEqual([422, 'invalid_csr']);
      expect(body.detail).toContain(why);
    }
  });

  it.each([
    ['common_name', { ...feed, common_name: 'feed.example.com' }],
    ['common_name', { ...feed, common_name: '*.profithack.internal' }],
    ['common_name', { ...feed, common_name: `${'a'.repeat(60)}.profithack.internal` }],
    ['common_name', { ...feed, common_name: 'api.profithack.internal' }],
    ['service_name', { ...feed, service_name: '../root' }],
    ['key_type', { ...feed, key_type: 'RSA_1024' }],
    ['replaces', { ...feed, replaces: 'abcdef' }],
  ])('is not issued with a wrong %s', async (field, body) => {
    const { status, body: problem } = await post('issue-cert', body);
    expect([[400, 404].includes(status), problem.field]).toEqual([true, field]);
  });
});

describe('outside demo mode', () => {
  it('only services of the list have certificates', async () => {
    const { security } = world.config;
    const strict = await started({ security: { ...security, isDemo: false } });
    const { status, body } = await post('issue-cert', { ...p256, service_name: 'stranger' }, strict);
    expect([status, body.field]).toEqual([400, 'service_name']);
    await issued(p256, strict);
    expect((await issued({ ...p256, service_name: 'stranger' })).success).toBe(true);
  });
});

describe('the keys', () => {
  it('are readable by their owner alone, and in no answer, log record or list', async () => {
    const folder = join(world.config.security.folder as string, 'authority');
    expect(readdirSync(folder)).toHaveLength(5);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    const answer = await issued(p256);
    const secret = pemIn(answer, 'private_key_pem').split('\n')[1] as string;
    const der = Buffer.from(secret, 'base64').subarray(0, 24);
    const values: Buffer[] = [];
    const consumer = world.kafka.consumer({ groupId: `${world.config.namespace}look` });
    await consumer.connect();
    await consumer.subscribe({ topic: `${world.config.namespace}certificates`, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void values.push(message.value as Buffer) });
    await vi.waitFor(
      () => expect(values.some((value) => value.includes(String(answer.serial_number)))).toBe(true),
      within,
    );
    await consumer.disconnect();
    for (const value of values) expect(value.includes(secret) || value.includes(der)).toBe(false);
  });
});

describe('a revoked certificate', () => {
  it('is on the list that openssl accepts, for its reason, and no longer verifies', async () => {
    const answer = await issued(p256);
    files(answer);
    await withLists();
    expect(verified('-crl_check_all', '-CRLfile', 'lists.pem').said).toContain('leaf.pem: OK');
    const before = (await ask('/api/grpc/security/crl')).body;
    const asked = { serial_number: answer.serial_number, reason: 'key_compromise' };
    const { status, body } = await post('revoke-cert', asked, second);
    expect(status).toBe(200);
    expectShape(answers.revoked, body);
    const isListed = async () => expect((await ask('/api/grpc/security/crl')).body.number).not.toBe(before.number);
    await vi.waitFor(isListed, within);
    const { body: list } = await ask('/api/grpc/security/crl');
    expectShape(answers.crl, list);
    expect(Number(list.number)).toBeGreaterThan(Number(before.number));
    await withLists();
    const der = openssl.file('intermediate.crl', await bytes('/api/security/intermediate.crl'));
    const { said } = openssl.run(
      'crl',
      '-inform',
      'der',
      '-in',
      der,
      '-CAfile',
      'intermediate.pem',
      '-verify',
      '-noout',
      '-text',
    );
    expect(said).toContain('verify OK');
    expect(said).toContain(`Serial Number: ${String(answer.serial_number).toUpperCase()}`);
    expect(said).toContain('Key Compromise');
    expect(verified('-crl_check_all', '-CRLfile', 'lists.pem').said).toContain('certificate revoked');
  });

  it('for a key that others may have is not followed by another for that key, on any instance', async () => {
    const asked = { ...feed, csr: openssl.request(['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']) };
    const serials = [await issued(asked), await issued(asked, second)].map(({ serial_number }) => serial_number);
    await post('revoke-cert', { serial_number: serials[0], reason: 'superseded' });
    await issued(asked);
    await post('revoke-cert', { serial_number: serials[1], reason: 'key_compromise' });
    for (const at of [first, second])
      await vi.waitFor(async () => {
        const { status, body } = await post('issue-cert', { ...asked, service_name: 'seo-service' }, at);
        expect([status, body.reason, body.field]).toEqual([422, 'compromised_key', 'csr']);
      }, within);
    await issued(p256);
  });

  it('is revoked once, whoever asks again and wherever, also at the same time', async () => {
    const { serial_number } = await issued(p256);
    const both = await Promise.all([first, second].map((at) => post('revoke-cert', { serial_number }, at)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { status, body } = await post('revoke-cert', { serial_number, reason: 'superseded' }, second);
    expect([status, body.reason, body.revocation_reason]).toEqual([409, 'already_revoked', 'unspecified']);
    const unknown = await post('revoke-cert', { serial_number: 'abcdef' });
    expect([unknown.status, unknown.body.reason]).toEqual([404, 'unknown_certificate']);
    const untold = await post('revoke-cert', { serial_number, reason: 'ca_compromise' });
    expect([untold.status, untold.body.field]).toEqual([400, 'reason']);
  });
});

describe('the inventory', () => {
  const list = async (query: string, at = first) => (await ask(`/api/grpc/security/certificates?${query}`, at)).body;
  const serials = ({ certificates }: Json) => (certificates as Json[]).map(({ serial_number }) => serial_number);

  it('is searched by service, name, status and end, in pages', async () => {
    const own = { service_name: 'seo-service', common_name: 'seo.profithack.internal', key_type: 'ECDSA_P256' };
    const made: unknown[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await issued(own)).serial_number);
    const page = await list('service_name=seo-service&limit=2');
    expectShape(answers.certificatesPage, page);
    const next = await list(`service_name=seo-service&limit=2&cursor=${page.next_cursor}`);
    const last = await list(`service_name=seo-service&limit=2&cursor=${next.next_cursor}`);
    expect([page, next, last].flatMap(serials)).toEqual(made);
    expect(last.next_cursor).toBeNull();
    await post('revoke-cert', { serial_number: made[1] });
    expect(serials(await list('common_name=seo.profithack.internal&status=revoked'))).toEqual([made[1]]);
    expect(serials(await list('service_name=seo-service&status=valid'))).toHaveLength(4);
    expect(serials(await list('service_name=seo-service&expires_before=2020-01-01T00:00:00Z'))).toEqual([]);
    const replacement = await issued({ ...own, replaces: made[0] });
    const [, replaced] = (await list('service_name=seo-service')).certificates as Json[];
    expect(replaced).toMatchObject({ serial_number: made[0], replaced_by: replacement.serial_number, status: 'valid' });
  });

  it('is the same on every instance, and on one that starts later, as are the lists', async () => {
    await issued(p256, second);
    const third = await started();
    const all = await list('limit=100');
    expect(serials(all).length).toBeGreaterThan(5);
    for (const at of [second, third]) expect(await list('limit=100', at)).toEqual(all);
    const numbers = await Promise.all(
      [first, second, third].map(async (at) => (await ask('/api/grpc/security/crl', at)).body),
    );
    expect(new Set(numbers.map(({ number, revoked }) => `${number} ${revoked}`)).size).toBe(1);
    const chains = await Promise.all([first, second, third].map((at) => bytes('/api/security/chain.pem', at)));
    expect(new Set(chains.map(String)).size).toBe(1);
  });

  it('has what was handed out even if the log stalls before the answer', async () => {
    const door = await BrokerDoor.to(world.config.kafka.brokers[0] as string);
    const kafka = { ...world.config.kafka, brokers: [door.broker] };
    const shaky = await started({ kafka });
    await issued(p256, shaky);
    door.stall();
    const { status, body } = await post('issue-cert', { ...p256, service_name: 'processors' }, shaky);
    expect([status, body.reason, body.certificate_pem]).toEqual([503, 'unavailable', undefined]);
    door.resume();
    const again = async () =>
      expect((await post('issue-cert', { ...p256, service_name: 'processors' }, shaky)).status).toBe(200);
    await vi.waitFor(again, within);
    const listed = async () =>
      expect(await list('service_name=processors', shaky)).toEqual(await list('service_name=processors'));
    await vi.waitFor(listed, within);
    await door.shut();
  }, 60_000);
});

describe('the files', () => {
  it('have a tag: who has the list is told so', async () => {
    const answer = await fetch(`${first.url}/api/security/intermediate.crl`);
    expect(answer.headers.get('content-type')).toBe('application/pkix-crl');
    // Without the latter, fetch itself asks for a fresh copy.
    const headers = { 'if-none-match': answer.headers.get('etag') as string, 'cache-control': 'max-age=0' };
    expect((await fetch(`${second.url}/api/security/intermediate.crl`, { headers })).status).toBe(304);
  });
});

describe('over gRPC', () => {
  it('answers and refusals are those of REST', async () => {
    const service = grpcServices.find(({ name }) => name === 'security');
    if (!service) throw new Error('there is no security service');
    const client = new GrpcClient(first.api.grpcPort('security') ?? 0, service);
    const { answer } = await client.call('IssueCertificate', p256);
    expect(answer).toMatchObject({
      success: true,
      key_type: 'ECDSA_P256',
      message: expect.stringContaining('90 days'),
    });
    const { serial_number } = answer;
    expect((await client.call('RevokeCertificate', { serial_number })).answer).toMatchObject({
      success: true,
      serial_number,
    });
    expect((await client.call('RevokeCertificate', { serial_number })).info?.reason).toBe('already_revoked');
    expect((await client.call('IssueCertificate', { ...feed, csr: 'x' })).info).toMatchObject({
      reason: 'invalid_csr',
    });
    const { crl_pem: _pem, ...list } = (await client.call('GetCrl', {})).answer;
    expect((await ask('/api/grpc/security/crl')).body).toMatchObject(list);
    const page = (await client.call('ListCertificates', { limit: 1 })).answer.certificates as Json[];
    expect(page).toMatchObject([{ serial_number, status: 'revoked', reason: 'unspecified' }]);
    client.close();
  });
});
