// The report of the benchmarks: verdicts, growth, what is taken from printed text, sections that outlive each other, charts.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../../bench/http-client.ts';
import { closedLoop, inTurn, openLoop } from '../../bench/load.ts';
import { figuresIn, printed, tablesIn } from '../../bench/printed.ts';
import { Report } from '../../bench/report.ts';
import type { Section } from '../../bench/report-section.ts';
import { type Aim, partOfAim, type Setting, verdict } from '../../bench/result.ts';
import { exponentOf, table } from '../../bench/table.ts';
import { whyMissed } from '../../bench/why-missed.ts';

const atLeast: Aim = { what: 'rate', value: 1.5, unit: '×', bound: 'at least', aim: 3 };
const atMost: Aim = { what: 'P50', value: 4, unit: 'ms', bound: 'at most', aim: 5 };

describe('an aim', () => {
  it('says that it is met, or by how much it was missed, in either direction', () => {
    expect(verdict(atLeast)).toBe('missed by 50 %');
    expect(verdict({ ...atLeast, value: 3 })).toBe('met');
    expect(verdict(atMost)).toBe('met');
    expect(verdict({ ...atMost, value: 6 })).toBe('missed by 20 %');
    expect(verdict({ ...atMost, value: 25 })).toBe('missed: 5 × the aim');
    expect(verdict({ ...atMost, value: Number.NaN })).toBe('not measured');
    expect(verdict({ ...atMost, value: Number.POSITIVE_INFINITY })).toBe('missed: saturated');
  });

  it('is 1 where it is met just so, and more where it is better', () => {
    expect([partOfAim(atLeast), partOfAim(atMost)]).toEqual([0.5, 1.25]);
    expect(partOfAim({ ...atMost, value: -1 })).toBe(Number.POSITIVE_INFINITY);
  });
});

it('finds the exponent of a growth', () => {
  const sizes = [1, 10, 100];
  expect(exponentOf(sizes.map((size) => [size, 7]))).toBeCloseTo(0);
  expect(exponentOf(sizes.map((size) => [size, 3 * size]))).toBeCloseTo(1);
  expect(exponentOf(sizes.map((size) => [size, 2 * Math.sqrt(size)]))).toBeCloseTo(0.5);
});

describe('a benchmark that prints', () => {
  const text = `1,000 events published\n${table(['events/s', 'median'], [['history', '34,000']])}PostgreSQL is not installed\nrows ratio 0.64\nfold ratio 2.3\n`;
  const benchmark = printed({
    title: 'Fold',
    peer: 'another',
    ratio: 'fold ratio',
    aims: { 'rows ratio': { what: 'rows', unit: '×', bound: 'at least', aim: 0.7 } },
    work: async () => void process.stdout.write(text),
  });

  it('answers its tables, its named figures, and its gaps', async () => {
    const result = await benchmark.run({} as Setting);
    expect(result.ratio).toBe(2.3);
    expect(result.aims).toEqual([{ what: 'rows', unit: '×', bound: 'at least', aim: 0.7, value: 0.64 }]);
    expect(result.tables).toEqual([{ title: '', head: ['events/s', 'median'], rows: [['history', '34,000']] }]);
    expect(result.gaps).toEqual(['PostgreSQL is not installed']);
    expect(result.notes).toEqual(['1,000 events published']);
  });

  it('gives the way to write back, also where the work fails', async () => {
    const write = process.stdout.write;
    const failing = printed({ title: '', peer: '', work: () => Promise.reject(new Error('no')) });
    await expect(failing.run({} as Setting)).rejects.toThrow('no');
    expect(process.stdout.write).toBe(write);
  });

  it('may print several tables in either spelling of their rule', () => {
    const two = tablesIn('| a | b |\n|---|---|\n| 1 | 2 |\nbetween\n| c |\n| -: |\n');
    expect(two.map(({ head, rows }) => [head, rows])).toEqual([
      [['a', 'b'], [['1', '2']]],
      [['c'], []],
    ]);
    const atOnce = tablesIn(table(['a'], [['1']]) + table(['b'], [['2']]));
    expect(atOnce.map(({ head, rows }) => [head, rows])).toEqual([
      [['a'], [['1']]],
      [['b'], [['2']]],
    ]);
    expect(figuresIn('fold 76,000\nvisible 3.1 ms\nno figure here').get('fold')).toBe(76_000);
  });
});

describe('load', () => {
  it('takes both sides in turn', async () => {
    const asked: string[] = [];
    const side = (name: string) => async (round: number) => asked.push(`${name}${round}`);
    await inTurn(2, { ours: side('a'), theirs: side('b') });
    expect(asked).toEqual(['a0', 'b0', 'a1', 'b1']);
  });

  it('sends all that is due in an open loop however slow the answers, and fails where one fails', async () => {
    let asked = 0;
    await openLoop({ perSecond: 2_000, seconds: 0.02 }, async () => void asked++);
    expect(asked).toBe(40);
    const failing = openLoop({ perSecond: 1_000, seconds: 0.01 }, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
  });

  it('counts in a closed loop what was done after the warm-up', async () => {
    const turn = () => new Promise<number>((resolve) => setImmediate(() => resolve(10)));
    expect(await closedLoop({ callers: 2, seconds: 0.05, warmUpSeconds: 0.01 }, turn)).toBeGreaterThan(0);
    // The first answer comes long before the warm-up is over.
    const first = (i: number) => turn().then(() => (i === 0 ? 1 : 0));
    expect(await closedLoop({ callers: 2, seconds: 0.05, warmUpSeconds: 0.2 }, first)).toBe(0);
  });
});

describe('the report', () => {
  const folder = `${mkdtempSync(join(tmpdir(), 'bench-report-'))}/`;
  afterAll(() => rmSync(folder, { recursive: true }));
  const section = (given: Partial<Section>): Section => ({
    title: 'A title',
    peer: 'a peer',
    quick: false,
    date: '2026-01-01T00:00:00.000Z',
    command: 'npm run bench -- name',
    seconds: 1,
    machine: { 'Node.js': '20' },
    ratio: 1.5,
    aims: [atLeast, { ...atMost, value: Number.NaN }, { ...atMost, value: Number.POSITIVE_INFINITY }],
    tables: [{ title: 'Rates', head: ['a'], rows: [['1']] }],
    charts: [
      { kind: 'bars', title: 'Bars', unit: 'ms', labels: ['P50'], series: [{ name: 'ours', values: [2] }] },
      {
        kind: 'growth',
        title: 'Growth',
        unit: 'µs',
        series: [
          {
            name: 'fold',
            points: [
              [1, 2],
              [10, 2],
              [100, 2],
            ],
          },
        ],
      },
    ],
    notes: ['A note.'],
    gaps: ['Go is not here'],
    ...given,
  });
  const text = () => readFileSync(`${folder}report.md`, 'utf8');

  it('keeps the sections of other runs, in its own order, each with its date and what differed', () => {
    const report = new Report(folder);
    report.merge('second', section({}), ['first', 'second']);
    report.merge('first', section({ date: '2026-01-02T00:00:00.000Z', machine: { 'Node.js': '22' }, charts: [] }), [
      'first',
      'second',
    ]);
    expect(Object.keys(report.sections())).toEqual(['first', 'second']);
    expect(text().indexOf('## first')).toBeLessThan(text().indexOf('## second'));
    expect(text()).toContain('2026-01-01 00:00 UTC');
    expect(text()).toContain('Measured with Node.js 20.');
    expect(text()).not.toContain('not to be quoted');
  });

  it('names what was missed, what was not measured, and the gaps', () => {
    expect(text()).toContain('missed by 50 %');
    expect(text()).toContain('not measured: see its gaps');
    expect(text()).toContain('missed: saturated');
    expect(text()).toContain('- Gap: Go is not here');
    expect(text()).toContain('0 of 6 aims are met.');
  });

  it('says why, for as long as an aim is missed', () => {
    const report = new Report(folder);
    const why = `- **fold**: ${whyMissed.fold}`;
    report.merge('fold', section({ charts: [] }), []);
    expect(text()).toContain(why);
    report.merge('fold', section({ charts: [], aims: [{ ...atLeast, value: 5 }] }), []);
    expect(text()).not.toContain(why);
  });

  it('has a picture for every chart that it shows, and no other', () => {
    const shown = [...text().matchAll(/\((charts\/[^)]+)\)/g)].map(([, file]) => file as string);
    expect(shown.toSorted()).toEqual(
      readdirSync(`${folder}charts`)
        .map((file) => `charts/${file}`)
        .toSorted(),
    );
    const growth = readFileSync(`${folder}charts/second-2.svg`, 'utf8');
    expect(growth).toContain('exponent 0.00');
    expect(growth.startsWith('<svg')).toBe(true);
  });

  it('says of a short run that it was short', () => {
    new Report(folder).merge('second', section({ quick: true }), []);
    expect(text()).toContain('*quick*');
    expect(text()).toContain('not to be quoted');
  });
});

describe('a client of the load', () => {
  /** What `ask` makes of a client with one connection to a server; and how many connections the server saw. */
  async function asking(listener: RequestListener, ask: (client: HttpClient) => Promise<unknown>) {
    const server = createServer(listener);
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((listens) => server.listen(0, '127.0.0.1', listens));
    const client = new HttpClient((server.address() as AddressInfo).port, 1);
    const answers = await ask(client);
    client.close();
    await new Promise((closed) => server.close(closed));
    return { answers, connections };
  }
  const three = (client: HttpClient) =>
    Promise.all(
      ['/1', '/2', '/3'].map((path) =>
        client.get(path).then(
          ({ body }) => body,
          (error) => error.name,
        ),
      ),
    );

  it('goes on with its connection', async () => {
    const echo: RequestListener = ({ url }, response) => response.end(url);
    expect(await asking(echo, three)).toEqual({ answers: ['/1', '/2', '/3'], connections: 1 });
  });

  it('leaves a connection whose answer says that it is the last', async () => {
    const last: RequestListener = ({ url }, response) => response.setHeader('connection', 'close').end(url);
    expect(await asking(last, three)).toEqual({ answers: ['/1', '/2', '/3'], connections: 3 });
  });

  it('opens another for those who wait where one breaks off', async () => {
    const broken: RequestListener = ({ url, socket }, response) =>
      url === '/1' ? socket.destroy() : response.end(url);
    expect(await asking(broken, three)).toEqual({ answers: ['Error', '/2', '/3'], connections: 2 });
  });
});
