// `npm run test:sockets [-- SEED]`: the whole run, 500 cuts while 100,000 events flow, on the servers that the environment names.
import { World } from '../world.ts';
import { chaos } from './chaos.ts';

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1_000_000));
const say = (line: string) => void process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
const world = await World.make();
const amounts = { views: 95_500, gifts: 4_000, matches: 500 };
try {
  const report = await chaos(world, { seed, cuts: 500, amounts, msMin: 90_000, processorsPort: 0, say });
  say(JSON.stringify({ seed, ...report }, null, 2));
  process.exitCode = report.faults.length === 0 && report.gaps === 0 ? 0 : 1;
} finally {
  await world.drop();
}
process.exit();
