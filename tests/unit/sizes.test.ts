// The largest message of gRPC and of a WebSocket, and one byte more.
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { demoIdentity } from '../../api/access.ts';
import { definitionOf } from '../../api/grpc/definitions.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { grpcServices } from '../../api/grpc/services.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { sizes } from '../../api/limits/sizes.ts';
import { Metrics } from '../../api/metrics.ts';
import type { Services } from '../../api/ports.ts';
import { readConfig } from '../../infra/config.ts';
import { type Api, startApi } from './api-server.ts';

let api: Api;
let door: GrpcDoor;
let client: Client;
const [service] = grpcServices;
if (!service) throw new Error('there is no gRPC service');
const path = Object.values(definitionOf(service))[0]?.path ?? '';

beforeAll(async () => {
  api = await startApi({});
  const services = { identity: demoIdentity, limits: noLimits } as unknown as Services;
  door = new GrpcDoor({
    services,
    metrics: new Metrics(),
    log: pino({ level: 'silent' }),
    service,
    connections: readConfig().grpcConnections,
  });
  client = new Client(`127.0.0.1:${await door.listen('127.0.0.1', 0)}`, credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await Promise.all([door.close(), api.close()]);
});

/** A message of a field that nobody knows, so many bytes long: one of tag, three of length. */
function messageOf(bytes: number): Buffer {
  const length = bytes - 4;
  const head = [(15 << 3) | 2, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length)]);
}

describe('a gRPC message', () => {
  const codeOf = (bytes: number) =>
    new Promise<number>((resolve) => {
      const same = (message: Buffer) => message;
      const answered = (error: ServiceError | null) => resolve(error?.code ?? 0);
      client.makeUnaryRequest(path, same, same, messageOf(bytes), answered);
    });

  it('is read up to its size, and not one byte more', async () => {
    const [invalidArgument, resourceExhausted] = [3, 8];
    expect(await codeOf(sizes.grpcMessageBytes)).toBe(invalidArgument);
    expect(await codeOf(sizes.grpcMessageBytes + 1)).toBe(resourceExhausted);
  });
});

describe('a message of a WebSocket', () => {
  const tooBig = 1009;
  const endOf = (bytes: number) =>
    new Promise<number | string>((resolve, reject) => {
      const socket = new WebSocket(`${api.url.replace('http', 'ws')}/ws`);
      socket.on('open', () => socket.send('x'.repeat(bytes)));
      socket.on('message', (text) => {
        const { type, reason } = JSON.parse(String(text));
        if (type === 'welcome') return;
        resolve(String(reason));
        socket.close();
      });
      socket.on('close', resolve);
      socket.on('error', reject);
    });

  it('is read up to its size, and not one byte more', async () => {
    expect(await endOf(sizes.socketMessageBytes)).toBe('malformed_request');
    expect(await endOf(sizes.socketMessageBytes + 1)).toBe(tooBig);
  });
});
