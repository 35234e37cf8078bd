// Demo mode answers by the names of this machine and the configured ones alone: no page of another name that resolves here may act.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webOf } from '../../api/rest/web.ts';
import { readConfig } from '../../infra/config.ts';
import { type Api, startApi } from './api-server.ts';
import { SocketClient } from './socket-client.ts';

let demo: Api;
let other: Api;

beforeAll(async () => {
  demo = await startApi({}, webOf(readConfig({ API_URL: 'http://Tunnel.example/', DEMO_HOSTS: 'app.example' })));
  other = await startApi({}, webOf(readConfig({ DEMO_MODE: 'off' })));
});
afterAll(() => Promise.all([demo.close(), other.close()]));

const asked = (path: string, host: string, { url } = demo) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request(`${url}${path}`, { headers: { host } }, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      resolve({ status: response.statusCode, text });
    })
      .on('error', reject)
      .end();
  });

const opened = async (host: string, { url } = demo): Promise<string> => {
  const client = new SocketClient(url, { headers: { host } });
  const outcome = await client.opened().then(
    () => 'open',
    (error: Error) => error.message,
  );
  client.socket.terminate();
  return outcome;
};

const ours = ['localhost', 'LOCALHOST:5000', '127.0.0.1:80', '127.9.8.7', '[::1]', '[::1]:5000', 'app.example:1'];
const others = ['evil.example', 'evil.example:5000', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'];

describe('demo mode', () => {
  it.each([...ours, 'tunnel.example'])('answers whoever asks for %s', async (host) => {
    expect((await asked('/api/products', host)).status).toBe(200);
    expect(await opened(host)).toBe('open');
  });

  it.each([...others, 'evil@localhost', '::1.example'])('is not there for who asks for "%s"', async (host) => {
    for (const path of ['/api/products', '/', '/api/payments/webhooks/stripe', '/nothing']) {
      const { status, text } = await asked(path, host);
      expect([status, JSON.parse(text).reason]).toEqual([421, 'unknown_host']);
    }
    expect(await opened(host)).toContain('421');
  });
});

it('with tokens any name is answered: proxies choose it', async () => {
  expect((await asked('/api/products', 'evil.example', other)).status).toBe(200);
  expect(await opened('evil.example', other)).toBe('open');
});
