// `npm run ledger -- reverse | ad-revenue`: what an operator asks of the ledger, and what it has decided.
import { randomUUID } from 'node:crypto';
import { Command, Option } from 'commander';
import { createCassandra } from '../../infra/cassandra.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { Generations } from '../../processors/runtime/generations.ts';
import { InvalidEvent } from '../../producers/invalid-event.ts';
import { Publisher } from '../../producers/publish.ts';
import { StateReader } from '../../projections/state-reader.ts';
import { StatementReader } from '../../projections/statements.ts';
import { WalletReader } from '../../projections/wallets.ts';
import { adPlacements } from '../../schemas/money.ts';
import { fail } from '../fail.ts';
import { wholeNumber } from '../whole-number.ts';
import { answerText } from './answer-text.ts';
import { type Answer, bookAdRevenue, type Desk, NotDecidedYet, reverse } from './desk.ts';

const amountMax = 1_000_000_000;

/** Prints the decision, of a repeated request the first one; anything but an accepted one is a failure of the command. */
async function atDesk(work: (desk: Desk) => Promise<Answer>): Promise<void> {
  const config = connectedConfig();
  const log = createLog('ledger', 'error');
  const [redis, cassandra] = [createRedis(config, log, { name: 'ledger' }), createCassandra(config, log)];
  const publisher = new Publisher({ config, log });
  const [generations] = await Promise.all([
    Generations.follow(config, log, fail),
    connectRedis(redis),
    cassandra.connect(),
    publisher.start(),
  ]);
  const states = new StateReader(redis, config.namespace, generations);
  const { keyspace } = config.cassandra;
  try {
    const answer = await work({
      publisher,
      wallets: new WalletReader(redis, config.namespace, generations),
      statements: new StatementReader({ cassandra, keyspace, generations, states }),
    });
    process.stdout.write(answerText(answer));
    if (answer.entry.outcome !== 'accepted') process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof NotDecidedYet || error instanceof InvalidEvent)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } finally {
    redis.disconnect();
    await Promise.all([publisher.stop(), generations.stop(), cassandra.shutdown()]);
  }
}

const program = new Command('ledger').description('Requests of an operator to the ledger, decided as all others are.');

program
  .command('reverse')
  .description('takes back a gift, tip, subscription, unlock, boost or captured hold, in part or whole')
  .argument('<account>', 'of who paid')
  .argument('<transaction>', 'the id of what is taken back')
  .option('--amount <n>', 'a part; without it all that remains', wholeNumber(amountMax))
  .option('--why <word>', 'is kept with it')
  .option('--key <key>', 'idempotency key: the same again does nothing more, and tells the first answer', randomUUID())
  .action((accountId: string, transactionId: string, { amount, why, key }) =>
    atDesk((desk) =>
      reverse(desk, {
        accountId,
        transactionId,
        idempotencyKey: key,
        ...(amount !== undefined && { amount }),
        ...(why !== undefined && { why }),
      }),
    ),
  );

program
  .command('ad-revenue')
  .description('books what an advertising network has paid for a creator’s videos; 55 % are the creator’s')
  .argument('<creator>', 'whose videos')
  .argument('<cents>', 'in US cents', wholeNumber(amountMax))
  .requiredOption('--id <id>', 'of the network’s statement: booked once, the same again tells the first answer')
  .requiredOption('--provider <name>', 'the network')
  .addOption(new Option('--placement <placement>', 'where').choices(adPlacements).makeOptionMandatory())
  .option('--video <id>', 'if it was one')
  .action((accountId: string, amount: number, { id, provider, placement, video }) =>
    atDesk((desk) =>
      bookAdRevenue(desk, {
        accountId,
        amount,
        id,
        provider,
        placement,
        ...(video !== undefined && { videoId: video }),
      }),
    ),
  );

await program.parseAsync();
