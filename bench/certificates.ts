// Certificates over gRPC behind mutual TLS: how long issuing takes by kind of key, and how soon a revoked peer is out.
import type { ChildProcess } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { Client } from '@grpc/grpc-js';
import { definitionOf } from '../api/grpc/definitions.ts';
import { x509 } from '../infra/authority/x509.ts';
import type { Config } from '../infra/config.ts';
import { freePorts } from '../infra/local/ports.mjs';
import type { Log } from '../infra/log.ts';
import { issuedOverRest, MtlsClient } from '../infra/mtls/client.ts';
import type { Identity } from '../infra/mtls/kept-certificate.ts';
import { provision } from '../infra/provision.ts';
import { dropBacklog } from './backlog.ts';
import { environmentOf, ownConfig, run, stopped } from './gift-platform.ts';
import { percentile, table } from './table.ts';

const startMsMax = 90_000;
const warmUps = 60;
const rounds = { made: 200, unpooled: 25, revoked: 10 };
/** So slowly that the keys made ahead are not used up: an RSA key takes this machine a tenth of a second and more. */
const pooledEveryMs = 600;
const named = { service_name: 'feed-service', common_name: 'feed.profithack.internal' };
const serverName = 'api.profithack.internal';

type Door = { readonly url: string; readonly grpcPort: number; readonly child: ChildProcess };
type Call = (method: string, request: object) => Promise<Record<string, string>>;

export async function certificates(config: Config, log: Log): Promise<void> {
  const own = ownConfig(config, 'certificates');
  const folder = await mkdtemp(join(tmpdir(), 'bench-ca-'));
  await provision(own, log);
  const doors: Door[] = [];
  try {
    for (const more of [{ MTLS: 'on' }, { MTLS: 'on', CA_RSA_KEYS_READY: '0' }])
      doors.push(await opened(own, { CA_FOLDER: folder, ...more }));
    const [pooled, unpooled] = doors as [Door, Door];
    await issuing(pooled, unpooled, log);
    await revoking(pooled, unpooled);
  } finally {
    await Promise.all(doors.map(({ child }) => stopped(child)));
    await dropBacklog({ config: own, events: [] }, log);
    await rm(folder, { recursive: true, force: true });
  }
}

async function opened(own: Config, more: NodeJS.ProcessEnv): Promise<Door> {
  const ports = (await freePorts()) as Record<string, number>;
  const env = { ...environmentOf(own, ports), GRPC_SECURITY_PORT: String(ports.security), ...more };
  const door = {
    url: `http://127.0.0.1:${ports.api}`,
    grpcPort: ports.security as number,
    child: run('api/main.ts', env),
  };
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline) {
    const answer = await fetch(`${door.url}/api/grpc/security/crl`).catch(() => null);
    if (answer?.status === 200) return door;
    await pause(100);
  }
  throw new Error(`the API did not start within ${startMsMax} ms`);
}

async function issuing(pooled: Door, unpooled: Door, log: Log): Promise<void> {
  const csr = await request();
  const first = await clientOf(pooled, log);
  const second = await clientOf(unpooled, log);
  for (const key_type of ['ECDSA_P256', 'RSA_2048']) await timed(first, warmUps / 4, { ...named, key_type });
  await timed(first, warmUps, { ...named, csr });
  await timed(second, 5, { ...named, key_type: 'RSA_2048' });
  // The stock is full again.
  await pause(10_000);
  const rows: [string, number[]][] = [
    ['P-256, key made', await timed(first, rounds.made, { ...named, key_type: 'ECDSA_P256' })],
    ['from a CSR (P-256)', await timed(first, rounds.made, { ...named, csr })],
    [
      'RSA-2048, key made ahead',
      await timed(first, rounds.made / 4, { ...named, key_type: 'RSA_2048' }, pooledEveryMs),
    ],
    ['RSA-2048, key made at once', await timed(second, rounds.unpooled, { ...named, key_type: 'RSA_2048' })],
  ];
  const figures = rows.map(([what, times]) => [
    what,
    ...[0.5, 0.99].map((share) => percentile(times, share).toFixed(1)),
    String(times.length),
  ]);
  process.stdout.write(`${table(['issue, ms (mutual TLS, in the log)', 'P50', 'P99', 'calls'], figures)}\n`);
}

async function clientOf({ url, grpcPort }: Door, log: Log): Promise<Call> {
  const issuer = { url, serviceName: 'operator-console', commonName: 'console.profithack.internal' };
  const holder = new MtlsClient({ obtain: issuedOverRest(issuer), log });
  await holder.start();
  const client = new Client(`127.0.0.1:${grpcPort}`, holder.credentials(), {
    'grpc.ssl_target_name_override': serverName,
  });
  const definition = definitionOf({ name: 'security', service: 'profithack.security.Security' });
  return (method, asked) =>
    new Promise((resolve, reject) => {
      const described = definition[method];
      if (!described) throw new Error(`there is no ${method}`);
      const { path, requestSerialize, responseDeserialize } = described;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, asked, (error, answer) =>
        error ? reject(error) : resolve(answer as Record<string, string>),
      );
    });
}

/** One after the other. */
async function timed(call: Call, count: number, asked: object, everyMs = 0): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await call('IssueCertificate', asked);
    times.push(performance.now() - startedAt);
    if (everyMs > 0) await pause(everyMs);
  }
  return times;
}

async function request(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    ...{ name: 'CN=bench', keys: keys as never, signingAlgorithm: algorithm },
  });
  return csr.toString('pem');
}

/** Revoked through one instance, connected to the other: from the question to the answer, to the cut, to the refusal. */
async function revoking(connected: Door, other: Door): Promise<void> {
  const times = { answered: [] as number[], cut: [] as number[], refused: [] as number[] };
  for (let i = 0; i < rounds.revoked; i++) {
    const issuer = { url: connected.url, serviceName: 'feed-service', commonName: named.common_name };
    const identity = await issuedOverRest(issuer)();
    const open = await admitted(connected.grpcPort, identity);
    if (!open) throw new Error('a good certificate was refused');
    const since = performance.now();
    const answered = revoke(other.url, identity.serialNumber).then(() =>
      times.answered.push(performance.now() - since),
    );
    const cut = open.closed.then(() => times.cut.push(performance.now() - since));
    for (
      let next = await admitted(connected.grpcPort, identity);
      next;
      next = await admitted(connected.grpcPort, identity)
    )
      next.end();
    times.refused.push(performance.now() - since);
    await Promise.all([answered, cut]);
  }
  const rows = Object.entries({
    'the answer': times.answered,
    'the open connection is cut': times.cut,
    'a new one is refused': times.refused,
  });
  const figures = rows.map(([what, values]) => [
    what,
    ...[0.5, 1].map((share) => percentile(values, share).toFixed(0)),
    String(values.length),
  ]);
  process.stdout.write(table(['ms from the call that revokes to', 'P50', 'most', 'rounds'], figures));
}

type Open = { readonly closed: Promise<void>; end(): void };

/** A server that lets a peer in speaks first (HTTP/2 settings). @returns null if it hangs up instead */
function admitted(port: number, { key, cert, ca }: Identity): Promise<Open | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, key, cert, ca, servername: serverName, ALPNProtocols: ['h2'] });
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', () => undefined);
    socket.once('data', () => resolve({ closed, end: () => socket.destroy() }));
    socket.once('secureConnect', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1'));
    void closed.then(() => resolve(null));
  });
}

async function revoke(url: string, serialNumber: string): Promise<void> {
  const body = JSON.stringify({ serial_number: serialNumber, reason: 'key_compromise' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/grpc/security/revoke-cert`, { method: 'POST', headers, body });
  if (answer.status !== 200) throw new Error(`not revoked: ${answer.status}`);
}
