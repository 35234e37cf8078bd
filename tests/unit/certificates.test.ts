// The certificate authority without servers: its files, the book of certificates, the numbers of lists, who may call whom, renewal.
import { createPublicKey, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { allowedCallees, mayCall } from '../../api/grpc/allowed-callers.ts';
import { RevocationList } from '../../api/revocation-list.ts';
import { SecurityDesk } from '../../api/security-desk.ts';
import { Authority } from '../../infra/authority/authority.ts';
import { keyIdOf } from '../../infra/authority/key-id.ts';
import { newSerial, x509 } from '../../infra/authority/x509.ts';
import { readConfig } from '../../infra/config.ts';
import { type Identity, KeptCertificate } from '../../infra/mtls/kept-certificate.ts';
import { CertificateBook, keptAfterEndMs } from '../../projections/certificate-book.ts';
import type { CertificateChange } from '../../schemas/generated.ts';
import { certificateServices, serviceOf, spiffeId } from '../../schemas/security.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const opened = (folder: string, now = Date.now(), lifeMs = 90 * dayMs) =>
  Authority.open({ folder, lifeMs, crlUrl: 'http://127.0.0.1/crl', now: () => now, keysReadyMax: 0 });
const wanted = { serviceName: 'feed-service', commonName: 'feed.profithack.internal', keyType: 'ECDSA_P256' } as const;

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) };
/** Of a public key on P-256 whose point is 33 bytes. */
const compressedHead = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');

describe('an authority', () => {
  it('is made once, whoever comes at the same time', async () => {
    const folder = newFolder();
    const authorities = await Promise.all([1, 2, 3, 4].map(() => opened(folder)));
    expect(new Set(authorities.map(({ rootPem, intermediatePem }) => rootPem + intermediatePem)).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['authority']);
    expect((await opened(folder)).rootPem).toBe(authorities[0]?.rootPem);
  });

  it('does not start with keys that others can read', async () => {
    const folder = newFolder();
    await opened(folder);
    chmodSync(join(folder, 'authority', 'intermediate.key.pem'), 0o640);
    await expect(opened(folder)).rejects.toThrow('mode must be 600');
  });

  it('signs with the intermediate for 90 days, and never beyond its own end', async () => {
    const folder = newFolder();
    const made = await opened(folder, start);
    const issued = await made.issue(wanted);
    expect(issued.notAfter).toBe(start + 90 * dayMs);
    expect(issued.notBefore).toBe(start - 300_000);
    const [leaf, intermediate] = [issued.certificatePem, made.intermediatePem].map((pem) => new X509Certificate(pem));
    const root = new X509Certificate(made.rootPem);
    expect(leaf?.verify((intermediate as X509Certificate).publicKey)).toBe(true);
    expect(intermediate?.verify(root.publicKey)).toBe(true);
    const late = await opened(folder, start + 300 * dayMs);
    expect((await late.issue(wanted)).notAfter).toBe(late.endsAt);
  });

  it('signs the list of its root again at half time, with a greater number', async () => {
    const folder = newFolder();
    const first = (await opened(folder, start)).rootCrl;
    expect((await opened(folder, start + 100 * dayMs)).rootCrl.equals(first)).toBe(true);
    const second = (await opened(folder, start + 200 * dayMs)).rootCrl;
    const nextOf = (der: Buffer) => new x509.X509Crl(der).nextUpdate?.getTime() ?? 0;
    expect(nextOf(second)).toBe(nextOf(first) + 200 * dayMs);
  });

  it('numbers certificates with 20 bytes that are positive', () => {
    const serials = new Set(Array.from({ length: 1_000 }, newSerial));
    expect(serials.size).toBe(1_000);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{39}$/);
  });

  it.each([
    ['SHA-256', true],
    ['SHA-1', false],
  ])('takes a request that is signed with %s: %s', async (hash, isTaken) => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength: 2_048, publicExponent: Uint8Array.of(1, 0, 1) };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const request = { name: 'CN=any', keys: keys as never, signingAlgorithm: algorithm };
    const csr = (await x509.Pkcs10CertificateRequestGenerator.create(request)).toString('pem');
    const { serviceName, commonName } = wanted;
    const issued = (await opened(newFolder())).issue({ serviceName, commonName, csr });
    if (isTaken) expect(await issued).toMatchObject({ keyType: 'RSA_2048', privateKeyPem: null });
    else await expect(issued).rejects.toThrow('SHA-1');
  });

  it('keeps no key of a caller', async () => {
    const folder = newFolder();
    const { privateKeyPem } = await (await opened(folder)).issue(wanted);
    const secret = (privateKeyPem as string).split('\n')[1] as string;
    const home = join(folder, 'authority');
    for (const name of readdirSync(home)) expect(readFileSync(join(home, name), 'latin1')).not.toContain(secret);
  });
});

const envelope = {
  eventId: 'e',
  occurredAt: 0,
  actorId: 'a',
  correlationId: 'c',
  source: 's',
  ruleSet: 0,
  origin: null,
};
const issued = (serialNumber: string, notAfter: number): CertificateChange => ({
  ...{ ...envelope, kind: 'issued', serialNumber, serviceName: 'feed-service', commonName: 'feed.profithack.internal' },
  ...{ keyType: 'ECDSA_P256', fingerprint: 'f', notBefore: 0, notAfter, issuedBy: 'i', certificate: Buffer.alloc(1) },
});
const revoked = (serialNumber: string, reason = 'superseded'): CertificateChange => ({
  ...{ ...envelope, kind: 'revoked', serialNumber, reason },
});

describe('the book of certificates', () => {
  it('has the first revocation of two, and forgets what ended long ago', () => {
    const book = new CertificateBook();
    expect(book.take(issued('a', 1_000), 0, 1)).toBeNull();
    expect(book.take(revoked('a', 'key_compromise'), 1, 2)).toBe('a');
    expect(book.take(revoked('a'), 2, 3)).toBeNull();
    expect(book.take(revoked('unknown'), 3, 4)).toBeNull();
    expect(book.find('a')?.revoked).toEqual({ at: 2, offset: 1, reason: 'key_compromise' });
    expect(book.lastRevoked).toEqual({ offset: 1, at: 2 });
    book.forget(1_000 + keptAfterEndMs - 1);
    expect(book.size).toBe(1);
    book.forget(1_000 + keptAfterEndMs);
    expect(book.size).toBe(0);
  });

  it('takes a record that comes again for nothing new', () => {
    const book = new CertificateBook();
    for (const offset of [0, 0]) book.take(issued('a', 1_000), offset, 1);
    book.take(revoked('a'), 1, 2);
    expect(book.take(issued('a', 1_000), 0, 1)).toBeNull();
    expect(book.find('a')?.revoked).not.toBeNull();
    expect(book.size).toBe(1);
  });
});

describe('a key that others may have', () => {
  it.each([
    ['P-256', p256],
    ['RSA', { ...rsa, hash: 'SHA-256' }],
  ])('(%s) is never certified again, though its certificate is long forgotten', async (_name, algorithm) => {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as never;
    const request = { name: 'CN=feed', keys, signingAlgorithm: algorithm as never };
    const csr = (await x509.Pkcs10CertificateRequestGenerator.create(request)).toString('pem');
    const { serviceName, commonName } = wanted;
    const authority = await opened(newFolder());
    const book = new CertificateBook();
    const isCompromised = (keyId: string) => book.isCompromised(keyId);
    const issue = () => authority.issue({ serviceName, commonName, csr }, isCompromised);
    for (const [n, reason] of ['superseded', 'key_compromise'].entries()) {
      const { serialNumber, notAfter, certificate } = await issue();
      book.take({ ...issued(serialNumber, notAfter), certificate } as CertificateChange, 2 * n, 0);
      book.take(revoked(serialNumber, reason), 2 * n + 1, 0);
      book.forget(notAfter + keptAfterEndMs);
    }
    expect(book.size).toBe(0);
    await expect(issue()).rejects.toMatchObject({ name: 'CompromisedKey' });
    await expect(authority.issue(wanted, isCompromised)).resolves.toMatchObject({ serviceName });
  });

  it('is not certified where that becomes known between the signature and the record', async () => {
    const { privateKey, publicKey } = await webcrypto.subtle.generateKey(p256, true, ['sign', 'verify']);
    const request = { name: 'CN=feed', keys: { privateKey, publicKey } as never, signingAlgorithm: p256 };
    const csr = (await x509.Pkcs10CertificateRequestGenerator.create(request)).toString('pem');
    const { serviceName, commonName } = wanted;
    const book = new CertificateBook();
    let offset = 0;
    const take = (change: unknown) => book.take(change as CertificateChange, offset++, 0);
    let before: CertificateChange | null = null;
    const publish = async (_topic: string, change: unknown) => {
      if (before) take(before);
      before = null;
      take(change);
      return { token: 't', offset: offset - 1 };
    };
    const desk = new SecurityDesk({
      ...{ authority: await opened(newFolder()), certificates: { book, waitFor: async () => {} } as never },
      ...{
        publisher: () => ({ publish }) as never,
        domain: 'x',
        serverName: 'x',
        isDemo: true,
        crlMs: 1,
        now: Date.now,
      },
    });
    const issue = () => desk.issue({ serviceName, commonName, csr }, { actorId: 'a', requestId: 'r' });
    const { serialNumber } = await issue();
    before = revoked(serialNumber, 'key_compromise');
    await expect(issue()).rejects.toMatchObject({ name: 'CompromisedKey' });
    expect(book.page({ status: 'valid' }, 10, Date.now())).toEqual([]);
    expect(book.size).toBe(2);
  });

  it('is known by its point, however that is written, and by its mirror', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const point = publicKey.export({ format: 'der', type: 'spki' });
    const mirrored = (sign: number) =>
      createPublicKey({
        key: Buffer.concat([compressedHead, Buffer.from([sign]), point.subarray(27, 59)]),
        ...({ format: 'der', type: 'spki' } as const),
      });
    expect([2, 3].map((sign) => keyIdOf(mirrored(sign)))).toEqual([keyIdOf(publicKey), keyIdOf(publicKey)]);
  });
});

describe('the list of revoked certificates', () => {
  const hourMs = 3_600_000;

  it('has a number that grows with time and with revocations, alike on all instances, and is signed once', async () => {
    const authority = await opened(newFolder(), start);
    const sign = vi.spyOn(authority, 'signCrl');
    const book = new CertificateBook();
    for (const [offset, serial] of ['aa', 'bb'].entries()) book.take(issued(serial, start + 90 * dayMs), offset, start);
    let now = start;
    const lists = [1, 2].map(() => new RevocationList({ authority, book, crlMs: hourMs, now: () => now }));
    const numbers: number[] = [];
    const look = async () => {
      const [one, two] = await Promise.all(lists.map((list) => list.current()));
      expect(two?.number).toBe(one?.number);
      numbers.push(one?.number as number);
      return one as NonNullable<typeof one>;
    };
    expect((await look()).revoked).toBe(0);
    now = start + hourMs / 2 - 1;
    await look();
    expect(sign).toHaveBeenCalledTimes(2);
    book.take(revoked('aa'), 2, now);
    expect((await look()).revoked).toBe(1);
    now = start + hourMs / 2;
    const halfway = await look();
    expect(halfway.nextUpdate - now).toBe(hourMs);
    book.take(revoked('bb'), 3, now);
    await look();
    expect(numbers[0]).toBe(numbers[1]);
    const [first, , ...later] = numbers as [number, number, ...number[]];
    expect([first, ...later]).toEqual([...new Set([first, ...later])].sort((a, b) => a - b));
    expect(Math.max(...numbers)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  it('always has a next one before it ends', async () => {
    const authority = await opened(newFolder(), start);
    let now = start;
    const list = new RevocationList({ authority, book: new CertificateBook(), crlMs: hourMs, now: () => now });
    for (; now < start + 3 * hourMs; now += 7 * 60_000)
      expect((await list.current()).nextUpdate - now).toBeGreaterThan(hourMs / 2 - 1);
  });

  it('lets go of a certificate a list after its end', () => {
    const book = new CertificateBook();
    book.take(issued('aa', start), 0, 0);
    book.take(revoked('aa'), 1, 0);
    expect(book.revokedAt(start + hourMs - 1, hourMs)).toHaveLength(1);
    expect(book.revokedAt(start + hourMs, hourMs)).toHaveLength(0);
  });
});

describe('the table of who may call whom', () => {
  it('has every service that can have a certificate', () => {
    expect(Object.keys(allowedCallees).sort()).toEqual([...certificateServices].sort());
  });

  it.each([
    ['gateway', '/profithack.dating.Dating/Swipe', true],
    ['gateway', '/profithack.security.Security/IssueCertificate', false],
    ['gateway', '/profithack.chaos.Chaos/InjectFailure', false],
    ['monitoring', '/grpc.health.v1.Health/Check', true],
    ['monitoring', '/profithack.dating.Dating/Swipe', false],
    ['stranger', '/profithack.dating.Dating/Swipe', false],
    ['constructor', '/profithack.dating.Dating/Swipe', false],
    ['operator-console', '/profithack.chaos.Chaos/InjectFailure', true],
  ])('%s calls %s: %s', (service, path, may) => expect(mayCall(service, path)).toBe(may));

  it('knows a service by the one form of its SPIFFE id', () => {
    for (const name of certificateServices) expect(serviceOf(spiffeId(name))).toBe(name);
    for (const id of [
      'spiffe://profithack/a/b',
      'spiffe://other/api',
      'https://profithack/api',
      'spiffe://profithack/',
    ])
      expect(serviceOf(id)).toBeNull();
  });
});

describe('a kept certificate', () => {
  afterEach(() => void vi.useRealTimers());

  it('is renewed at two thirds of its life, and until it works', async () => {
    vi.useFakeTimers({ now: start });
    let count = 0;
    let isAway = false;
    const obtain = async (): Promise<Identity> => {
      if (isAway) throw new Error('away');
      count += 1;
      return { key: '', cert: '', ca: '', serialNumber: String(count), notAfter: Date.now() + 90 * dayMs };
    };
    const shown: string[] = [];
    const onNew = ({ serialNumber }: Identity) => void shown.push(serialNumber);
    const kept = new KeptCertificate({ obtain, onNew, log: pino({ level: 'silent' }), now: Date.now });
    await kept.start();
    await vi.advanceTimersByTimeAsync(60 * dayMs - 1);
    expect(shown).toEqual(['1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(shown).toEqual(['1', '2']);
    isAway = true;
    await vi.advanceTimersByTimeAsync(61 * dayMs);
    expect(kept.current?.serialNumber).toBe('2');
    isAway = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown).toEqual(['1', '2', '3']);
    kept.stop();
    await vi.advanceTimersByTimeAsync(100 * dayMs);
    expect(shown).toHaveLength(3);
  });
});

describe('the configuration', () => {
  it('makes no authority in passing outside demo mode, and no mutual TLS without one', () => {
    expect(readConfig({ HOST: '0.0.0.0' }).security.folder).toBeNull();
    expect(readConfig({}).security).toMatchObject({ folder: '.stack/start', mtls: false, isDemo: true });
    expect(() => readConfig({ HOST: '0.0.0.0', MTLS: 'on' })).toThrow('CA_FOLDER');
    expect(() => readConfig({ MTLS: 'yes' })).toThrow('MTLS');
    expect(() => readConfig({ CRL_LIFE_MS: '1000' })).toThrow('CRL_LIFE_MS');
  });
});
