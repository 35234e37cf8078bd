// `npm run test:sockets [-- SEED [SHARE]]`: the whole run, 500 cuts while 100,000 events flow in four minutes (or a share of it), on the servers that the environment names.
import { Command, InvalidArgumentError } from 'commander';
import { World } from '../world.ts';
import { chaos } from './chaos.ts';

const wholeSeed = (text: string) => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number of at most nine digits is expected.');
  return Number(text);
};
const shareOf = (text: string) => {
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError('a number above 0, 1 at most, is expected.');
  return share;
};
const { processedArgs } = new Command('test:sockets')
  .description(
    'Cuts a WebSocket client while events flow over two API instances, on the servers that the environment names.',
  )
  .argument('[seed]', 'another seed, other cuts; drawn unless told', wholeSeed)
  .argument('[share]', 'the share of the whole run: 500 cuts, 100,000 events, four minutes', shareOf, 1)
  .parse();
const seed: number = processedArgs[0] ?? Math.floor(Math.random() * 1_000_000);
const share: number = processedArgs[1];
const say = (line: string) => void process.stdout.write(`${line}\n`);
say(`seed ${seed}`);
const world = await World.make();
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
