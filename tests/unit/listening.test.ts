// Taking ports that are held for a moment, by the HTTP server's way and by gRPC's, and being tolerant to servers that have just begun.
import { createServer, type Server } from 'node:net';
import pino from 'pino';
import { afterEach, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { type GrpcService, grpcServices } from '../../api/grpc/services.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { listening } from '../../api/listening.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Services } from '../../api/ports.ts';
import { readConfig } from '../../infra/config.ts';
import { tolerant } from '../../infra/tolerant.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function holder(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { port: (server.address() as { port: number }).port, server };
}

const doorOf = () => {
  const [service, metrics] = [grpcServices[0] as GrpcService, new Metrics()];
  const services = { identity: demoIdentity, limits: noLimits, metrics, now: () => 0 } as unknown as Services;
  const { grpcConnections: connections } = readConfig();
  const door = new GrpcDoor({ services, metrics, log: pino({ level: 'silent' }), service, connections });
  closing.push(() => door.close());
  return door;
};
const wanted = (port: number) => ({ port, owner: 'the gRPC service feed', remedy: 'set GRPC_FEED_PORT to another' });

it('takes a port as soon as whoever held it has gone', async () => {
  const { port, server } = await holder();
  const door = doorOf();
  let tries = 0;
  const bound = listening(wanted(port), () => {
    tries += 1;
    if (tries === 3) server.close();
    return door.listen('127.0.0.1', port);
  });
  expect(await bound).toBe(port);
  expect(tries).toBeGreaterThan(2);
});

it('gives up with one sentence on a port that stays taken', async () => {
  const { port } = await holder();
  await expect(listening(wanted(port), () => doorOf().listen('127.0.0.1', port), 0)).rejects.toThrow(
    `port ${port}, which the gRPC service feed wants, has been taken for 0 s: free it, or set GRPC_FEED_PORT to another`,
  );
});

it('tries nothing again that fails for another reason', async () => {
  let tries = 0;
  const failing = async () => {
    tries += 1;
    throw new Error('no such host');
  };
  await expect(listening(wanted(1), failing)).rejects.toThrow('no such host');
  expect(tries).toBe(1);
});

const notLeader = () =>
  Object.assign(new Error('This server is not the leader for that topic-partition'), { name: 'KafkaJSProtocolError' });

it('is tolerant to a broker that does not lead yet', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    if (tries < 3) throw notLeader();
    return 'there';
  };
  expect(await tolerant('the topics had no leaders', work)).toBe('there');
});

it('says what it has waited for, and for how long', async () => {
  const work = () => Promise.reject(notLeader());
  await expect(tolerant('the topics had no leaders', work, 300)).rejects.toThrow(
    'the topics had no leaders within 0.3 s: This server is not the leader',
  );
});

it('waits for nothing that stays as it is', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw new Error('topic a has 3 partitions, the catalogue says 4');
  };
  await expect(tolerant('the topics had no leaders', work)).rejects.toThrow('topic a has 3 partitions');
  expect(tries).toBe(1);
});
