// The parts of the local stack that need no server: versions, ports, process identities, locks, plans of tests, the words of failures.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { grpcPorts } from '../../infra/grpc-ports.mjs';
import { findMaven } from '../../infra/local/artifacts.mjs';
import { leftBehind, stopLeftBehind } from '../../infra/local/child.mjs';
import { identify, isAlive, startedFromStat } from '../../infra/local/identity.mjs';
import { findJava, javaMajor, onPath } from '../../infra/local/java.mjs';
import { tryLock, unlock } from '../../infra/local/lock.mjs';
import { checkPorts, chosenPorts, freePorts, isTaken, wantedPorts } from '../../infra/local/ports.mjs';
import { runningStack, shellLines, writeState } from '../../infra/local/running.mjs';
import { grpcAddressesOf, portTable } from '../../infra/local/settings.mjs';
import { Supervisor } from '../../infra/local/supervisor.mjs';
import { planOf } from '../../infra/local/test-plan.mjs';
import { countsOf } from '../../infra/local/vitest.mjs';
import { welcome } from '../../infra/local/welcome.mjs';
import { startRefusal } from '../../infra/start-rules.mjs';

const scriptMsMax = 4000;
const folder = mkdtempSync(join(tmpdir(), 'local-stack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fakeJava = (version: string) => {
  const path = join(folder, `java-${version}`);
  writeFileSync(path, `#!/bin/sh\necho 'openjdk version "${version}" 2024-01-01' >&2\n`);
  chmodSync(path, 0o755);
  return path;
};

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_391"', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Dx=1\nopenjdk version "25" 2025-09-16', 25],
  ['no Java here', null],
])('the version in %j is %s', (text, major) => {
  expect(javaMajor(text)).toBe(major);
});

test('the first Java 17 is taken, past others', () => {
  const wanted = fakeJava('17.0.1');
  expect(findJava({}, [fakeJava('21.0.2'), wanted])).toBe(wanted);
});

test('a wrong Java is named, and so is what to do', () => {
  const other = fakeJava('21.0.2');
  expect(() => findJava({}, [other])).toThrow(`Java 17 is missing (only Java 21 at ${other} was found): install`);
  expect(() => findJava({}, [])).toThrow('Java 17 is missing (no Java was found): install');
});

test('a program is found on the PATH only', () => {
  fakeJava('17');
  expect(onPath('java-17', { PATH: `/nowhere:${folder}` })).toBe(join(folder, 'java-17'));
  expect(findMaven({ PATH: '/nowhere' })).toBeNull();
});

test('ports come from the environment, else the defaults', () => {
  expect(wantedPorts({ PORT: '5010' })).toMatchObject({ api: 5010, kafka: 19092, redis: 16379 });
  expect(() => wantedPorts({ KAFKA_PORT: 'x' })).toThrow('KAFKA_PORT must be a port from 1 to 65535, not "x".');
});

test('a taken port is named with who wants it and how to choose another', async () => {
  const ports = (await freePorts()) as { redis: number };
  expect(new Set(Object.values(ports)).size).toBe(portTable.length);
  const server = createServer();
  await new Promise<void>((listening) => server.listen(ports.redis, '127.0.0.1', listening));
  expect(await isTaken(ports.redis)).toBe(true);
  await expect(checkPorts(ports, ['api', 'redis'])).rejects.toThrow(
    `Port ${ports.redis} is taken, and Redis wants it: free it, or choose another, as in \`REDIS_PORT=`,
  );
  await new Promise((closed) => server.close(closed));
  await expect(checkPorts(ports, ['api', 'redis'])).resolves.toBeUndefined();
});

test('all taken ports are named at once, with one command that changes them', async () => {
  const ports = (await freePorts()) as Record<string, number>;
  const servers = ['feed', 'xai', 'redis'].map((name) => createServer().listen(ports[name], '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const told = (environment: NodeJS.ProcessEnv) => checkPorts(ports, ['api', 'feed', 'xai', 'redis'], environment);
  await expect(told({})).rejects.toThrow(
    `Ports are taken that are wanted: ${ports.feed} (the gRPC service feed), ${ports.xai} (the gRPC service xai), ${ports.redis} (Redis); free them, or choose others, as in \`GRPC_PORTS=free REDIS_PORT=${(ports.redis as number) + 10} npm start\`.`,
  );
  // Whoever has named a port gets no other one by GRPC_PORTS=free.
  await expect(told({ GRPC_FEED_PORT: 'x' })).rejects.toThrow('GRPC_PORTS=free GRPC_FEED_PORT=');
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
});

test('GRPC_PORTS=free frees all eleven but those that have a variable', async () => {
  const ports = (await chosenPorts({ GRPC_PORTS: 'free', GRPC_XAI_PORT: '50052' })) as Record<string, number>;
  expect(ports).toMatchObject({ api: 5000, xai: 50_052 });
  for (const name of Object.keys(grpcPorts).filter((one) => one !== 'xai')) expect(ports[name]).toBeLessThan(32_768);
  expect(grpcAddressesOf(ports)).toMatchObject({ GRPC_FEED_URL: `127.0.0.1:${ports.feed}` });
});

test('a start that would not be safe is refused before anything is started', () => {
  expect(startRefusal({})).toBeNull();
  expect(startRefusal({ DEMO_MODE: 'off', AUTH_PRIVATE_KEY: 'pem' })).toBeNull();
  expect(startRefusal({ DEMO_MODE: 'off' })).toContain('AUTH_PRIVATE_KEY is missing');
  expect(startRefusal({ HOST: '0.0.0.0' })).toContain('AUTH_PRIVATE_KEY is missing');
  expect(startRefusal({ NODE_ENV: 'production' })).toContain('set DEMO_MODE=off');
  expect(startRefusal({ MTLS: 'on' })).toBeNull();
  expect(startRefusal({ MTLS: 'on', DEMO_MODE: 'off', AUTH_PRIVATE_KEY: 'pem' })).toContain('CA_FOLDER');
  expect(startRefusal({ DEMO_MODE: 'yes' })).toContain('DEMO_MODE must be on or off');
  const env = { ...process.env, DEMO_MODE: 'off', AUTH_PRIVATE_KEY: '', STACK_FOLDER: join(folder, 'refused') };
  const { status, stderr, stdout } = spawnSync(process.execPath, ['infra/local/start.mjs'], { env, encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^AUTH_PRIVATE_KEY is missing: .+ makes it\.\n$/);
});

test('what is suggested when all is up works in the mode it runs in', () => {
  const env = { API_URL: 'http://127.0.0.1:5000', REDIS_URL: 'redis://r', GRPC_FEED_URL: '127.0.0.1:1' };
  const [demo, strict] = [true, false].map((isDemo) => welcome(env, { isDemo, logFolder: '/log' })) as [string, string];
  for (const text of [demo, strict]) expect(text).toContain('GRPC_FEED_URL=127.0.0.1:1');
  expect(demo).toContain('userId=test');
  expect(strict).not.toContain('userId=test');
  for (const wanted of ['/api/auth/register', '/api/auth/login', '--role operator', '/account'])
    expect(strict).toContain(wanted);
});

test('what refuses to start is not started again, and is told as a sentence, not as JSON', async () => {
  const said = JSON.stringify({ level: 60, msg: 'port 5000, which the API wants, has been taken\n  at nowhere' });
  const script = `console.log(${JSON.stringify(said)}); process.exit(78)`;
  const sentence = await new Promise<Error>((onGiveUp) => {
    const supervisor = new Supervisor(join(folder, 'supervised'), { onGiveUp });
    const rules = { stopRank: 1, graceMs: 100, deathsMax: 6, deathsWindowMs: 60_000 };
    void supervisor.start({ ...rules, name: 'api', title: 'The API', command: process.execPath, args: ['-e', script] });
  });
  expect(sentence.message).toMatch(
    /^The API does not start, so the stack is stopped; from .+api\.log:\n {4}port 5000, which the API wants, has been taken$/,
  );
});

test('one port for two is refused', async () => {
  await expect(checkPorts({ api: 1, redis: 1 }, ['redis', 'api'])).rejects.toThrow('is');
});

test('a process is told from a later one with the same id, and from a dead one', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid);
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, started: 'another moment' })).toBe(false);
  const exited = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await exited;
  expect(isAlive(identity)).toBe(false);
});

test('a start moment is read past any name, and an ended process has none', () => {
  const after = Array.from({ length: 30 }, (_, at) => String(at + 4)).join(' ');
  expect(startedFromStat(`12 (a) R (b) S ${after}`)).toBe('22');
  expect(startedFromStat(`12 (a) Z ${after}`)).toBeNull();
});

test('children of a dead run are found in the order of stopping, and stopped', async () => {
  const children = [2, 1].map((stopRank) => {
    const child = spawn('sleep', ['60'], { detached: true });
    mkdirSync(join(folder, 'pid'), { recursive: true });
    const written = { ...identify(child.pid), name: `sleep${stopRank}`, stopRank, graceMs: 1000 };
    writeFileSync(join(folder, 'pid', `sleep${stopRank}.json`), JSON.stringify(written));
    return written;
  });
  expect(leftBehind(folder).map(({ stopRank }: { stopRank: number }) => stopRank)).toEqual([1, 2]);
  await stopLeftBehind(folder);
  expect(children.filter(isAlive)).toEqual([]);
  expect(leftBehind(folder)).toEqual([]);
});

test('a lock is held by one living process, and that of a dead one is free', () => {
  const path = join(folder, 'lock');
  expect(tryLock(path)).toBe(true);
  expect(tryLock(path)).toBe(false);
  unlock(path);
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'before' }));
  expect(tryLock(path)).toBe(true);
  unlock(path);
});

test('the running stack is told with addresses and process ids, and only while its supervisor lives', () => {
  expect(runningStack(folder)).toBeNull();
  writeState(folder, { way: 'local', env: { REDIS_URL: 'redis://127.0.0.1:1' }, pids: { kafka: 12 } });
  expect(runningStack(folder)).toEqual({ REDIS_URL: 'redis://127.0.0.1:1', PID_KAFKA: '12' });
});

test('a shell reads the lines back as they were', () => {
  const value = `it's a $(test) & "more"`;
  const { stdout } = spawnSync('sh', ['-c', `${shellLines({ A: value, B: 'a:1,b:2' })}\nprintf '%s|%s' "$A" "$B"`], {
    encoding: 'utf8',
  });
  expect(stdout).toBe(`${value}|a:1,b:2`);
});

test.each([
  [[], ['unit', 'simulation', 'integration', 'e2e', 'faults'], true],
  [['--unit'], ['unit'], false],
  [['tests/unit/compose.test.ts'], ['unit'], false],
  [['-t', 'some name', './tests/integration/feed.test.ts'], ['integration'], true],
])('npm test with %j runs %j', (args, suites, needsStack) => {
  const plan = planOf(args);
  expect(plan.map(({ suite }) => suite)).toEqual(suites);
  expect(plan.some((row) => row.needsStack)).toBe(needsStack);
});

test('a path outside the suites is refused', () => {
  expect(() => planOf(['feed'])).toThrow(
    '"feed" is not below tests/unit, tests/simulation, tests/integration, tests/e2e, tests/faults.',
  );
});

test('a test file that cannot be loaded counts as a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(countsOf({ numPassedTests: 3, numFailedTests: 0, testResults })).toEqual({ passed: 3, failed: 1 });
});

test.each([
  ['start.mjs', ['--what'], '--what is not known. Usage: npm start [-- [--reset [--yes]] [--demo | --no-demo]].\n'],
  ['start.mjs', ['--reset'], '--reset deletes all data and there is no terminal to ask on: add --yes.\n'],
  ['stack.mjs', ['env'], 'No stack runs here: start one with `npm start`.\n'],
  ['stack.mjs', [], 'Usage: npm run -s stack -- env | status | stop.\n'],
])('%s %j fails with one sentence', (file, args, sentence) => {
  const script = new URL(`../../infra/local/${file}`, import.meta.url).pathname;
  const env = { ...process.env, STACK_FOLDER: join(folder, 'none') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env,
    timeout: scriptMsMax,
  });
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: sentence });
});

test('a full disk is one sentence, and nothing is started', () => {
  const script = new URL('../../infra/local/start.mjs', import.meta.url).pathname;
  const data = join(folder, 'full');
  const env = { ...process.env, STACK_FOLDER: data, STACK_FREE_DISK_MIN_BYTES: '1e18' };
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env, timeout: scriptMsMax });
  expect(stderr).toMatch(/^The disk of .* is full: .* GB are free, and the stack wants 1000000000\.0 GB\.\n$/);
  expect(status).toBe(1);
  expect(leftBehind(data)).toEqual([]);
});

test.each([
  ['infra/local/start.mjs', ['--help'], 'Usage: npm start'],
  ['infra/local/test.mjs', ['--unit', '-h'], 'Usage: npm test'],
  ['infra/local/stack.mjs', ['--help'], 'Usage: npm run -s stack'],
  ['infra/local/with-stack.mjs', ['operations/evaluate/main.ts', '--help'], 'Usage: evaluate'],
])('%s %j tells how it is called, and starts nothing', (file, args, usage) => {
  const { status, stdout } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  expect({ status, start: stdout.slice(0, usage.length) }).toEqual({ status: 0, start: usage });
});
