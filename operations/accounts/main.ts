// `npm run accounts -- grant | revoke | list | end-sessions`: roles of accounts, and the end of somebody's sessions, by an operator.
import { Command, InvalidArgumentError } from 'commander';
import { accountDoor } from '../../api/account-door.ts';
import { Sessions } from '../../api/identity/sessions.ts';
import { accountShown, changeRoles } from '../../api/services/identity.ts';
import { Registry } from '../../infra/avro.ts';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectRedis, createRedis } from '../../infra/redis.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { AccountProducer } from '../../producers/accounts.ts';
import { AccountTable } from '../../projections/accounts.ts';
import { type Role, roles } from '../../schemas/roles.ts';
import { fail } from '../fail.ts';
import { commandPatience } from '../readable-topics.ts';

type Desk = {
  readonly accounts: ReturnType<typeof accountDoor>;
  readonly sessions: Sessions;
};

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function atDesk(work: (desk: Desk) => Promise<void>): Promise<void> {
  const config = connectedConfig();
  const { namespace } = config;
  const log = createLog('accounts', 'error');
  const kafka = createKafka(config, log, 'accounts', commandPatience);
  const registry = new Registry(config.registry.url, namespace);
  const table = new AccountTable({ kafka, registry, namespace, log, onFatal: fail });
  const producer = new AccountProducer({ kafka, registry, namespace });
  const redis = createRedis(config, log, { name: 'accounts' });
  await Promise.all([table.start(), producer.start(), connectRedis(redis)]);
  try {
    await work({ accounts: accountDoor(table, producer), sessions: new Sessions(redis, namespace) });
  } finally {
    redis.disconnect();
    await Promise.all([table.stop(), producer.stop()]);
  }
}

/** By user name, or by user id. */
function found({ accounts }: Desk, named: string) {
  return accounts.ofUsername(named.toLowerCase()) ?? accounts.ofUser(named) ?? fail(`There is no account ${named}.`);
}

function parseRole(text: string): Role {
  const role = roles.find((each) => each === text);
  if (!role || role === 'user')
    throw new InvalidArgumentError(`one of ${roles.filter((each) => each !== 'user').join(', ')} is expected.`);
  return role;
}

type Change = { readonly user: string; readonly role: Role };
const changed = (wanted: (held: readonly string[], role: Role) => readonly string[]) => (options: Change) =>
  atDesk(async (desk) => {
    const { userId } = found(desk, options.user);
    const now = await changeRoles(desk, userId, (held) => wanted(held, options.role));
    if (!now) fail(`${options.user} is gone.`);
    const told = now.sessions_ended > 0 ? `${now.sessions_ended} sessions ended` : 'counts from the next refresh on';
    say(`${now.username} (${now.user_id}) is ${now.roles.join(', ')}; ${told}`);
  });

const program = new Command('accounts').description('Accounts: their roles, and their sessions.');
const ofAccount = ['--user <name>', 'its user name or user id'] as const;
const ofRole = ['--role <role>', 'creator, moderator, analyst or operator', parseRole] as const;

program
  .command('grant')
  .description('one more role: it counts from the next refresh on, within 10 minutes')
  .requiredOption(...ofAccount)
  .requiredOption(...ofRole)
  .action(changed((held, role) => [...held, role]));

program
  .command('revoke')
  .description('one role less: all sessions end, at once and everywhere')
  .requiredOption(...ofAccount)
  .requiredOption(...ofRole)
  .action(changed((held, role) => held.filter((each) => each !== role)));

program
  .command('end-sessions')
  .description('whoever is logged in there is out')
  .requiredOption(...ofAccount)
  .action(({ user }: { user: string }) =>
    atDesk(async (desk) => {
      const { userId, username } = found(desk, user);
      say(`${await desk.sessions.endAll(userId)} sessions of ${username} ended`);
    }),
  );

program
  .command('list', { isDefault: true })
  .description('all accounts')
  .option('--json', 'for programs')
  .action(({ json }: { json?: true }) =>
    atDesk(async ({ accounts }) => {
      const shown = accounts.list().map(accountShown);
      if (json) return say(JSON.stringify(shown));
      if (shown.length === 0) return say('Nobody has registered yet.');
      for (const { username, user_id: id, roles: held, created_at: since } of shown)
        say(`${username.padEnd(34)}${id.padEnd(40)}${since.slice(0, 10)}  ${held.join(', ')}`);
    }),
  );

await program.parseAsync();
