// A bare grpc-js server: answers GetFeed with bytes that it was given before, whatever is asked; what any server on grpc-js is measured by.
import { readFileSync } from 'node:fs';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';

const [pagesFile] = process.argv.slice(2);
const pages = (JSON.parse(readFileSync(String(pagesFile), 'utf8')) as string[]).map((page) =>
  Buffer.from(page, 'base64'),
);
let next = 0;
const echo: handleUnaryCall<Buffer, Buffer> = (_call, callback) =>
  callback(null, pages[next++ % pages.length] as Buffer);
const asIs = (bytes: Buffer) => bytes;

const server = new Server();
server.addService(
  {
    GetFeed: {
      path: '/profithack.feed.Feed/GetFeed',
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  { GetFeed: echo },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
process.on('SIGTERM', () => process.exit(0));
