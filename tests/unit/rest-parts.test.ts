// Parts of the REST door alone: which chain an address finds, and what is told to whom sends too slowly.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RequestHandler } from 'express';
import { describe, expect, it } from 'vitest';
import { Chains } from '../../api/rest/direct.ts';
import { answerUnreadable } from '../../api/rest/raw-problem.ts';

describe('an address', () => {
  const chains = new Chains();
  const chain = (): readonly RequestHandler[] => [() => {}];
  const [me, user, history, post] = [chain(), chain(), chain(), chain()];
  chains.add('get', '/users/:user_id', user);
  chains.add('get', '/users/me', me);
  chains.add('get', '/users/:user_id/history', history);
  chains.add('post', '/users/:user_id/history', post);

  it.each([
    ['GET', '/users/ana', user, { user_id: 'ana' }],
    ['GET', '/users/me', me, {}],
    ['GET', '/users/ana/history', history, { user_id: 'ana' }],
    ['POST', '/users/ana+b/history', post, { user_id: 'ana+b' }],
  ])('%s %s finds its chain and parameters', (method, path, found, params) => {
    expect(chains.find(method, path)).toEqual({ chain: found, params });
    expect(chains.find(method, path)?.chain).toBe(found);
  });

  it.each([
    ['GET', '/users'],
    ['GET', '/users/'],
    ['GET', '/users/ana/'],
    ['GET', '/users//history'],
    ['GET', '/users/ana/historY'],
    ['HEAD', '/users/ana'],
    ['GET', '/users/a%2Fb'],
    ['GET', '/users/ana/history/more'],
  ])('%s %s is left to the router', (method, path) => {
    expect(chains.find(method, path)).toBeNull();
  });
});

describe('a request', () => {
  it('that has not come whole in time is not called unreadable', async () => {
    const server = createServer({ headersTimeout: 20, requestTimeout: 40, connectionsCheckingInterval: 10 });
    answerUnreadable(server, { identity: { answerHeaders: { 'demo-mode': 'on' } } });
    await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: lo');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"reason":"too_slow"');
    await new Promise((closed) => server.close(closed));
  });

  it('that is being answered already gets nothing into its answer', async () => {
    const times = { headersTimeout: 20, requestTimeout: 40, connectionsCheckingInterval: 10 };
    const server = createServer(times, (_request, response) => void response.write('begun'));
    answerUnreadable(server, { identity: { answerHeaders: {} } });
    await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nabc');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/begun\r\n$/);
    await new Promise((closed) => server.close(closed));
  });
});
