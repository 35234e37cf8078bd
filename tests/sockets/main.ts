// `npm run test:sockets [-- SEED [SHARE]]`: the whole run, 500 cuts while 100,000 events flow in four minutes (or a share of it), on the servers that the environment names.
import { World } from '../world.ts';
import { chaos } from './chaos.ts';

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1_000_000));
const say = (line: string) => void process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
const world = await World.make();
const share = Number(process.argv[3] ?? 1);
const amounts = { views: 98_000 * share, gifts: 1_500 * share, matches: 500 * share };
try {
  const report = await chaos(world, {
    seed,
    cuts: Math.ceil(500 * share),
    amounts,
    msMin: 240_000 * share,
    processorsPort: 0,
    say,
  });
  say(JSON.stringify({ seed, ...report }, null, 2));
  process.exitCode = report.faults.length === 0 && report.gaps === 0 ? 0 : 1;
} catch (error) {
  say(String(error));
  process.exitCode = 1;
} finally {
  await world.drop().catch((error) => say(`not all of it is cleared away: ${error}`));
}
process.exit();
