// The doors of gRPC without servers: one table, health, reflection, deadlines and limits, on every port.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { Client, credentials, status } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { demoIdentity } from '../../api/access.ts';
import { definitionOf, packageOf } from '../../api/grpc/definitions.ts';
import { GrpcDoor } from '../../api/grpc/door.ts';
import { addReflection } from '../../api/grpc/reflection.ts';
import { type GrpcService, grpcServices } from '../../api/grpc/services.ts';
import { noLimits } from '../../api/limits/limits.ts';
import { sizes } from '../../api/limits/sizes.ts';
import { Metrics } from '../../api/metrics.ts';
import { openApiOf } from '../../api/openapi.ts';
import type { Part, Services } from '../../api/ports.ts';
import { routes } from '../../api/routes.ts';
import { Unavailable } from '../../api/unavailable.ts';
import { readConfig } from '../../infra/config.ts';
import { grpcPorts } from '../../infra/grpc-ports.mjs';
import { ownPorts, portTable } from '../../infra/local/settings.mjs';
import { GrpcClient } from '../grpc-client.ts';

const serviceOf = (name: GrpcService['name']) => grpcServices.find((one) => one.name === name) as GrpcService;
const [feed, sora] = [serviceOf('feed'), serviceOf('sora')];
const named = grpcServices.map((service) => [service.name, service] as const);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function opened(service: GrpcService, parts: object = {}, connections = readConfig().grpcConnections) {
  const metrics = new Metrics();
  const services = { identity: demoIdentity, limits: noLimits, metrics, now: () => 0, ...parts } as unknown as Services;
  const log = pino({ level: 'silent' });
  const door = new GrpcDoor({ services, metrics, log, service, connections });
  const port = await door.listen('127.0.0.1', 0);
  const client = new GrpcClient(port, service);
  closing.push(
    () => client.close(),
    () => door.close(),
  );
  return { door, client, port };
}

type Method = { path: string; requestSerialize(v: object): Buffer; responseDeserialize(b: Buffer): unknown };
const rawClient = (port: number) => {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  closing.push(() => client.close());
  return client;
};

describe('the table of services', () => {
  it('has every service on a port of its own, in the settings of the stack too', () => {
    expect(grpcServices.map(({ name }) => name)).toEqual(Object.keys(grpcPorts));
    expect(Object.values(grpcPorts)).toEqual(Array.from({ length: 11 }, (_, i) => 50_051 + i));
    for (const name of Object.keys(grpcPorts)) expect(ownPorts).toContain(name);
    expect(portTable).toContainEqual(expect.objectContaining({ variable: 'GRPC_SEO_PORT', port: 50_060 }));
  });

  it('gives each port by its own variable, or all free ones', () => {
    expect(readConfig({}).grpc).toEqual(grpcPorts);
    const some = readConfig({ GRPC_PORTS: 'free', GRPC_XAI_PORT: '1234' }).grpc;
    expect(some).toMatchObject({ feed: 0, xai: 1_234, marketplace: 0 });
  });

  it.each(named)('%s: methods of the proto and of the table are the same', (_name, service) => {
    expect(Object.keys(definitionOf(service)).sort()).toEqual(Object.keys(service.methods).sort());
  });

  it('has for every method exactly one REST twin in the OpenAPI document', () => {
    const document = openApiOf(routes, { type: 'object' });
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const told = operations.flatMap((operation) => (operation as { 'x-grpc'?: string[] })['x-grpc'] ?? []);
    const known = grpcServices.flatMap(({ service, methods }) =>
      Object.keys(methods).map((method) => `${service}/${method}`),
    );
    expect(told.sort()).toEqual(known.sort());
    expect(new Set(told).size).toBe(told.length);
  });
});

describe('health', () => {
  const check = async (port: number, service: string) =>
    new Promise<string>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = health.Check as unknown as Method;
      const answered = (error: Error | null, answer?: unknown) =>
        error ? reject(error) : resolve((answer as { status: string }).status);
      rawClient(port).makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, answered);
    });

  it('is there once all the parts are that a service needs', async () => {
    const { door, port } = await opened(feed);
    expect(await check(port, feed.service)).toBe('NOT_SERVING');
    door.ready('people');
    door.ready('videos');
    expect(await check(port, '')).toBe('NOT_SERVING');
    door.ready('log');
    expect([await check(port, ''), await check(port, feed.service)]).toEqual(['SERVING', 'SERVING']);
    await expect(check(port, 'somebody.Else')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('of a service that is not built yet never is', async () => {
    const { door, port } = await opened(sora);
    for (const part of ['videos', 'log', 'people', 'statements'] satisfies Part[]) door.ready(part);
    expect(await check(port, sora.service)).toBe('NOT_SERVING');
  });

  it('is told to whoever watches, down to the stop', async () => {
    const { door, port } = await opened(feed);
    const { path, requestSerialize, responseDeserialize } = health.Watch as unknown as Method;
    const told: string[] = [];
    const client = rawClient(port);
    const watch = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service: '' });
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => told.length >= count && resolve();
        watch.on('data', look);
        look();
      });
    watch.on('data', (one: { status: string }) => told.push(one.status));
    watch.on('error', () => {});
    await until(1);
    door.ready('videos');
    door.ready('log');
    await until(2);
    const [closed] = [door.close(), await until(3)];
    watch.cancel();
    await closed;
    expect(told).toEqual(['NOT_SERVING', 'SERVING', 'NOT_SERVING']);
  });
});

describe('reflection', () => {
  const ask = (port: number, version: string, request: object): Promise<Record<string, never>> => {
    const root = reflectionDefinition(version);
    const client = rawClient(port);
    const stream = client.makeBidiStreamRequest(root.path, root.requestSerialize, root.responseDeserialize);
    return new Promise((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.write(request);
      stream.end();
    });
  };

  it.each(
    grpcServices.flatMap((service) => ['v1', 'v1alpha'].map((version) => [service.name, version, service] as const)),
  )('%s lists its service in %s and has its file', async (_name, version, service) => {
    const { port } = await opened(service);
    const listed = (await ask(port, version, { listServices: '*' })) as unknown as {
      listServicesResponse: { service: { name: string }[] };
    };
    expect(listed.listServicesResponse.service.map(({ name }) => name).sort()).toEqual(
      [service.service, 'grpc.health.v1.Health'].sort(),
    );
    const file = (await ask(port, version, { fileContainingSymbol: service.service })) as unknown as {
      fileDescriptorResponse: { fileDescriptorProto: number[][] };
    };
    const bytes = Buffer.from(file.fileDescriptorResponse.fileDescriptorProto.flat()).toString('latin1');
    for (const method of Object.keys(service.methods)) expect(bytes).toContain(method);
  });

  it.each(named)('of %s knows what a refusal is told in', async (_name, service) => {
    const { port } = await opened(service);
    for (const symbol of ['google.rpc.ErrorInfo', 'google.rpc.Status']) {
      const answer = await ask(port, 'v1', { fileContainingSymbol: symbol });
      expect(answer).toMatchObject({ fileDescriptorResponse: { fileDescriptorProto: [expect.anything()] } });
    }
  });
});

/** The method as the server itself has it. */
function reflectionDefinition(version: string): Method {
  let found: Method | undefined;
  const recorder = {
    addService(definition: Record<string, Method>) {
      const method = definition.ServerReflectionInfo;
      if (method?.path.startsWith(`/grpc.reflection.${version}.`)) found = method;
    },
  };
  addReflection(recorder as never, feed);
  if (!found) throw new Error(`no reflection ${version}`);
  return {
    path: found.path,
    requestSerialize: found.requestSerialize,
    responseDeserialize: found.responseDeserialize,
  };
}

describe.each(['all', 'none'] as const)('a call, of those served directly %s,', (direct) => {
  const served = { ...readConfig().grpcConnections, direct };
  const page = { variant: 'fixed', videos: [], next_cursor: null };
  const request = { user_id: 'ana', limit: 1 };
  const deferred = () => {
    let resolve: (value?: unknown) => void = () => {};
    const promise = new Promise<unknown>((done) => {
      resolve = done;
    });
    return { promise, resolve };
  };

  it('of a service that is not built yet is UNIMPLEMENTED, naming it', async () => {
    const { client } = await opened(sora, {}, served);
    const { code, info, detail } = await client.call('GenerateVideo', { prompt: 'A city' });
    expect([code, info?.reason]).toEqual([status.UNIMPLEMENTED, 'not_implemented']);
    expect(detail).toBe('the service Sora text-to-video is not built yet');
  });

  it.each([feed, sora])('is told the mode, also of a method that $name does not have', async (service) => {
    const identity = { ...demoIdentity, answerHeaders: { 'Demo-Mode': 'on' } };
    const { port } = await opened(service, { identity }, served);
    const modeOf = (path: string) =>
      new Promise<[code: number | undefined, mode: unknown]>((resolve) => {
        let mode: unknown;
        let code: number | undefined;
        const same = (bytes: Buffer) => bytes;
        rawClient(port)
          .makeUnaryRequest(path, same, same, Buffer.alloc(0), (error) => {
            code = error?.code;
            // Of a refusal without an answer the headers are the trailers.
            mode ??= error?.metadata.get('demo-mode')[0];
          })
          .on('metadata', (metadata) => {
            mode = metadata.get('demo-mode')[0];
          })
          .on('status', () => setImmediate(() => resolve([code, mode])));
      });
    expect(await modeOf(`/${service.service}/Nothing`)).toEqual([status.UNIMPLEMENTED, 'on']);
    expect(await modeOf('/grpc.health.v1.Health/Check')).toEqual([undefined, 'on']);
  });

  it('whose deadline has passed before it begins is not begun', async () => {
    const known = deferred();
    const arrivals = [deferred(), deferred()];
    let arrived = 0;
    const ranked: unknown[] = [];
    const callerOf = async () => {
      arrivals[arrived++]?.resolve();
      await known.promise;
      return demoIdentity.callerOf();
    };
    const rank = async (question: unknown) => {
      ranked.push(question);
      return page;
    };
    const { client } = await opened(feed, { identity: { callerOf }, feed: { rank } }, served);
    expect((await client.call('GetFeed', request, {}, 100)).code).toBe(status.DEADLINE_EXCEEDED);
    // On one connection the end of the first comes before the beginning of the second.
    const second = client.call('GetFeed', { ...request, limit: 2 });
    await Promise.all(arrivals.map(({ promise }) => promise));
    known.resolve();
    expect((await second).code).toBe(0);
    expect(ranked).toEqual([expect.objectContaining({ limit: 2 })]);
  });

  it('that waits for an event stops waiting at its deadline', async () => {
    const ended = deferred();
    const visibility = {
      wait: (_token: unknown, _targets: unknown, signal: AbortSignal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            ended.resolve('aborted');
            resolve('not_yet_visible');
          });
        }),
    };
    const { client } = await opened(feed, { visibility, feed: { rank: async () => page } }, served);
    const called = await client.call('GetFeed', { ...request, token: 'user_activity:0:1' }, {}, 100);
    expect([called.code, await ended.promise]).toEqual([status.DEADLINE_EXCEEDED, 'aborted']);
  });

  it('keeps the id of its request, and has one of its own otherwise', async () => {
    const { client } = await opened(feed, { feed: { rank: async () => page } }, served);
    const kept = await client.call('GetFeed', request, { 'x-request-id': 'mine-1' });
    const made = await client.call('GetFeed', request, { 'x-request-id': 'not an id' });
    expect(kept.metadata.get('x-request-id')).toEqual(['mine-1']);
    expect(made.metadata.get('x-request-id')[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes on over a new connection when the old one has come of age', async () => {
    const young = { ...served, ageMsMax: 100, ageGraceMs: 100 };
    const { client, port } = await opened(feed, { feed: { rank: async () => page } }, young);
    const session = connect(`http://127.0.0.1:${port}`);
    let isOld = false;
    const [goaway, closed] = [once(session, 'goaway'), once(session, 'close')];
    goaway.then(() => {
      isOld = true;
    });
    const codes = new Set<number>();
    while (!isOld) codes.add((await client.call('GetFeed', request)).code);
    await closed;
    codes.add((await client.call('GetFeed', request)).code);
    expect([...codes]).toEqual([0]);
  });

  it('that cannot be answered now says when to come again', async () => {
    const away = () => Promise.reject(new Unavailable('redis', 'still connecting to redis'));
    const { client } = await opened(feed, { feed: { rank: away } }, served);
    const called = await client.call('GetFeed', request);
    expect([called.code, called.trailers.get('retry-after')]).toEqual([status.UNAVAILABLE, ['1']]);
  });

  it('with too much in it, or about it, is refused', async () => {
    const { client } = await opened(feed, { feed: { rank: async () => page } }, served);
    const large = await client.call('RecordInteraction', { text: 'x'.repeat(sizes.grpcMessageBytes) });
    expect(large.code).toBe(status.RESOURCE_EXHAUSTED);
    const headed = await client.call('GetFeed', request, { 'x-much': 'x'.repeat(sizes.grpcMetadataBytes) });
    expect([headed.code, headed.info?.reason]).toEqual([status.RESOURCE_EXHAUSTED, 'headers_too_large']);
    expect((await client.call('GetFeed', request)).code).toBe(0);
  });
});

it('protos refer to each other once loaded: a page of recommendations has the items of the feed', () => {
  expect(Object.keys(packageOf({ name: 'xai' }))).toContain('profithack.feed.FeedItem');
});
