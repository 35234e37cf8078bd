// Mutual TLS on the real servers: who gets in, who may call whom, how fast a revoked peer is out, and that rotation drops nothing.
import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { grpcServices } from '../../api/grpc/services.ts';
import { ApiServer } from '../../api/server.ts';
import { Authority } from '../../infra/authority/authority.ts';
import { issuedOverRest, MtlsClient } from '../../infra/mtls/client.ts';
import type { Identity } from '../../infra/mtls/kept-certificate.ts';
import type { SecurityConfig } from '../../infra/security-config.ts';
import { GrpcClient } from '../grpc-client.ts';
import { World } from '../world.ts';

type Instance = { readonly api: ApiServer; readonly url: string; readonly port: number };

const within = { timeout: 30_000, interval: 50 };
const options = {
  'grpc.ssl_target_name_override': 'api.profithack.internal',
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 200,
};
const service = grpcServices.find(({ name }) => name === 'security') as (typeof grpcServices)[number];

let world: World;
let main: Instance;
/** Without mutual TLS: another way to the same authority. */
let other: Instance;
/** Its certificates live for seconds. */
let brief: Instance;
const briefMs = 15_000;
const clients = new Set<GrpcClient>();

async function started(changed: Partial<SecurityConfig>): Promise<Instance> {
  const { api: listening, security } = world.config;
  const api = new ApiServer({
    config: {
      ...world.config,
      api: { ...listening, host: '127.0.0.1', port: 0 },
      security: { ...security, ...changed },
    },
    log: world.log,
    onFatal: (why) => world.log.fatal(why),
  });
  const url = await api.listen();
  const isThere = async () => expect((await fetch(`${url}/api/grpc/security/crl`)).status).toBe(200);
  await vi.waitFor(isThere, within);
  return { api, url, port: api.grpcPort('security') ?? 0 };
}

const obtained = (serviceName: string, { url } = main): Promise<Identity> =>
  issuedOverRest({ url, serviceName, commonName: `${serviceName}.profithack.internal` })();

const sslOf = ({ ca, key, cert }: Pick<Identity, 'ca' | 'key' | 'cert'>) =>
  credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));

function clientOf(how: ReturnType<typeof credentials.createSsl>, { port } = main, called = service): GrpcClient {
  const client = new GrpcClient(port, called, { credentials: how, options });
  clients.add(client);
  return client;
}

const codeOf = async (client: GrpcClient) => (await client.call('GetCrl', {})).code;

async function revoked(serialNumber: string): Promise<void> {
  const answer = await fetch(`${other.url}/api/grpc/security/revoke-cert`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ serial_number: serialNumber, reason: 'key_compromise' }),
  });
  expect(answer.status).toBe(200);
}

/**
 * Calls without a pause until it is stopped. @returns the codes of those that failed, and how many there were
 * @param shows the certificate that the caller has at this moment
 */
function load(client: GrpcClient, shows = () => '') {
  const failed: string[] = [];
  /** Certificates that a call began with, and those that a whole call was made with. */
  const [began, whole] = [new Set<string>(), new Set<string>()];
  let [calls, isStopped] = [0, false];
  const ended = (async () => {
    while (!isStopped) {
      const shown = shows();
      began.add(shown);
      const { code, detail } = await client.call('GetCrl', {});
      calls += 1;
      if (shown === shows()) whole.add(shown);
      if (code !== 0) failed.push(`${code} ${detail}`);
    }
  })();
  const stop = async () => {
    isStopped = true;
    await ended;
    return { failed, calls, began, whole };
  };
  return { failed, calls: () => calls, stop };
}

/** What a server shows in its handshake. */
function shownBy(port: number, identity: Identity): Promise<string> {
  return new Promise((resolve, reject) => {
    const { key, cert, ca } = identity;
    const socket = connect({
      host: '127.0.0.1',
      port,
      key,
      cert,
      ca,
      servername: 'api.profithack.internal',
      ALPNProtocols: ['h2'],
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber.toLowerCase());
      socket.destroy();
    });
  });
}

beforeAll(async () => {
  world = await World.make();
  main = await started({ mtls: true });
  [other, brief] = (await Promise.all([started({}), started({ mtls: true, lifeMs: briefMs })])) as [Instance, Instance];
}, 120_000);

afterAll(async () => {
  for (const client of clients) client.close();
  await Promise.all([main, other, brief].map(({ api }) => api.close()));
  await world.drop();
}, 30_000);

describe('a port behind mutual TLS', () => {
  it('lets in who has a certificate of the authority, whatever kind of key', async () => {
    for (const keyType of ['RSA_2048', 'ECDSA_P256'] as const) {
      const issuer = { url: main.url, serviceName: 'feed-service', commonName: 'feed.profithack.internal', keyType };
      expect(await codeOf(clientOf(sslOf(await issuedOverRest(issuer)())))).toBe(0);
    }
  });

  it('lets in who got it from another instance a moment ago', async () => {
    expect(await codeOf(clientOf(sslOf(await obtained('feed-service', other))))).toBe(0);
  });

  it('refuses who has none, who speaks no TLS, and whom another authority has certified', async () => {
    const { ca } = await obtained('feed-service');
    expect(await codeOf(clientOf(credentials.createSsl(Buffer.from(ca))))).toBe(14);
    expect(await codeOf(clientOf(credentials.createInsecure()))).toBe(14);
    const folder = `${world.config.security.folder}/foreign`;
    const foreign = await Authority.open({
      folder,
      lifeMs: 60_000,
      crlUrl: 'http://a.b/c',
      now: Date.now,
      keysReadyMax: 0,
    });
    expect(await codeOf(clientOf(sslOf({ ...(await signedBy(foreign)), ca })))).toBe(14);
  });

  it('refuses a certificate of the authority that is not in the inventory', async () => {
    const folder = world.config.security.folder as string;
    const same = await Authority.open({
      folder,
      lifeMs: 60_000,
      crlUrl: 'http://a.b/c',
      now: Date.now,
      keysReadyMax: 0,
    });
    expect(await codeOf(clientOf(sslOf(await signedBy(same))))).toBe(14);
  });

  it('refuses a certificate that has expired', async () => {
    const identity = await obtained('feed-service', brief);
    expect(await codeOf(clientOf(sslOf(identity)))).toBe(0);
    const isRefused = async () => expect(await codeOf(clientOf(sslOf(identity)))).toBe(14);
    await vi.waitFor(isRefused, within);
    expect(Date.now()).toBeGreaterThanOrEqual(identity.notAfter);
  }, 40_000);

  it('lets each service call only what the table says, and names both', async () => {
    const gateway = clientOf(sslOf(await obtained('gateway')));
    const { code, detail, info } = await gateway.call('GetCrl', {});
    expect([code, detail]).toEqual([7, 'gateway may not call profithack.security.Security']);
    expect(info?.reason).toBe('forbidden');
    const dating = grpcServices.find(({ name }) => name === 'dating') as (typeof grpcServices)[number];
    const at = { ...main, port: main.api.grpcPort('dating') ?? 0 };
    const allowed = await clientOf(sslOf(await obtained('gateway')), at, dating).call('GetSwipes', {});
    expect(allowed.info?.reason).toBe('missing_field');
    // Of what is served without grpc-js as well.
    const feed = grpcServices.find(({ name }) => name === 'feed') as (typeof grpcServices)[number];
    const feedAt = { ...main, port: main.api.grpcPort('feed') ?? 0 };
    const page = await clientOf(sslOf(await obtained('gateway')), feedAt, feed).call('GetFeed', {});
    expect(page.info?.reason).toBe('missing_field');
    const itself = await clientOf(sslOf(await obtained('feed-service')), feedAt, feed).call('GetFeed', {});
    expect([itself.code, itself.detail, itself.info?.reason]).toEqual([
      ...[7, 'feed-service may not call profithack.feed.Feed', 'forbidden'],
    ]);
    const stranger = await clientOf(sslOf(await obtained('stranger'))).call('GetCrl', {});
    expect([stranger.code, stranger.detail]).toEqual([7, 'stranger may not call profithack.security.Security']);
  });
});

async function signedBy(authority: Authority): Promise<Identity> {
  const wanted = {
    serviceName: 'feed-service',
    commonName: 'feed.profithack.internal',
    keyType: 'ECDSA_P256',
  } as const;
  const { privateKeyPem, certificatePem, serialNumber, notAfter } = await authority.issue(wanted);
  const { intermediatePem, rootPem } = authority;
  return { key: privateKeyPem as string, cert: certificatePem + intermediatePem, ca: rootPem, serialNumber, notAfter };
}

describe('a revoked peer', () => {
  it('is out within two seconds, comes in no more, and the others lose nothing', async () => {
    const bad = await obtained('feed-service');
    const [one, two] = [load(clientOf(sslOf(bad))), load(clientOf(sslOf(await obtained('dating-service'))))];
    await vi.waitFor(() => expect(Math.min(one.calls(), two.calls())).toBeGreaterThan(10), within);
    expect(one.failed).toEqual([]);
    const since = performance.now();
    await revoked(bad.serialNumber);
    await vi.waitFor(() => expect(one.failed.length).toBeGreaterThan(0), { timeout: 10_000, interval: 5 });
    expect(performance.now() - since).toBeLessThan(2_000);
    await one.stop();
    expect(await codeOf(clientOf(sslOf(bad)))).toBe(14);
    const soFar = two.calls();
    await vi.waitFor(() => expect(two.calls()).toBeGreaterThan(soFar + 10), within);
    const { failed } = await two.stop();
    expect(failed).toEqual([]);
  }, 60_000);
});

describe('rotation', () => {
  it('of both ends under load drops no call', async () => {
    const issuer = { url: brief.url, serviceName: 'feed-service', commonName: 'feed.profithack.internal' };
    const holder = new MtlsClient({ obtain: issuedOverRest(issuer), log: world.log });
    const original = await holder.start();
    const shown = await shownBy(brief.port, original);
    const shows = () => (holder.current as Identity).serialNumber;
    const calls = load(clientOf(holder.credentials(), brief), shows);
    // The first certificate of either end is gone, and so is every connection that was opened with it.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(original.notAfter + 2_000), within);
    const { failed, began, whole } = await calls.stop();
    const now = holder.current as Identity;
    expect(now.serialNumber).not.toBe(original.serialNumber);
    expect(await shownBy(brief.port, now)).not.toBe(shown);
    holder.stop();
    expect(failed).toEqual([]);
    // However fast the machine is: in the life of each certificate there was a call.
    expect(began.size).toBeGreaterThan(1);
    expect(whole).toEqual(began);
    const inventory = await fetch(`${brief.url}/api/grpc/security/certificates?service_name=feed-service&limit=100`);
    const { certificates } = (await inventory.json()) as {
      certificates: { serial_number: string; replaced_by: string }[];
    };
    const first = certificates.find(({ serial_number }) => serial_number === original.serialNumber);
    expect(first?.replaced_by).toMatch(/^[0-9a-f]{40}$/);
  }, 60_000);
});
