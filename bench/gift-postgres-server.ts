// The same HTTP server, with its routes and checks, before PostgreSQL: a gift is one call of a function, so one round trip and one transaction.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { demoIdentity } from '../api/access.ts';
import { createApp } from '../api/app.ts';
import { Metrics } from '../api/metrics.ts';
import type { MoneyDoor } from '../api/money-door.ts';
import { lateServices, type Services } from '../api/ports.ts';
import { createLog } from '../infra/log.ts';
import type { Outcome } from '../processors/ledger/domain-outcomes.ts';
import { creatorShareOf, currentRuleSet, currentRules } from '../schemas/money.ts';
import { eventJsonSchema } from '../schemas/validate.ts';

const clients = 32;
const keptMs = currentRules.idempotencyKeptMs;

type Gift = { fingerprint: string; amount: number; counterpartyId: string };
/** A row of what `send_gift` answers, see gift-postgres.ts. */
type Given = { accepted: boolean; repeated: boolean; fingerprint: string; coins: string; id: string; at: string };

const [port, options] = [Number(process.argv[2]), process.argv[3]];
const pool = new Pool({ host: '127.0.0.1', port, user: 'bench', database: 'postgres', max: clients, options });

const money: MoneyDoor = {
  request: async (event) => {
    const { accountId, idempotencyKey } = event;
    const { fingerprint = null, amount = 0, counterpartyId } = event as Partial<Gift>;
    const share = creatorShareOf(BigInt(amount), currentRules);
    const values = [accountId, idempotencyKey, fingerprint, counterpartyId, amount, share.toString()];
    const text = 'SELECT * FROM send_gift($1, $2, $3, $4, $5, $6)';
    const { rows } = await pool.query<Given>({ name: 'send_gift', text, values });
    const row = rows[0] as Given;
    const outcome: Outcome = {
      accepted: row.accepted,
      reason: row.accepted ? null : 'insufficient_funds',
      kind: 'gift',
      transactionId: row.id,
      asset: 'COIN',
      amount: String(amount),
      creatorShare: share.toString(),
      platformShare: (BigInt(amount) - share).toString(),
      balance: { coins: row.coins, credits: '0' },
      subscription: null,
      originalId: null,
      available: null,
      ruleSet: currentRuleSet,
      swipe: null,
      boostUntil: null,
      at: Number(row.at),
      partition: 0,
      offset: 0,
    };
    const memo = { fingerprint: row.fingerprint, outcome, until: outcome.at + keptMs };
    return { memo, isRepeat: row.repeated };
  },
};

const { services, provide } = lateServices();
const metrics = new Metrics();
provide('metrics', metrics);
provide('identity', demoIdentity);
provide('now', Date.now);
provide('money', money);
provide('recipients', { isKnown: async () => true });
provide('people', { isErased: () => false } as unknown as Services['people']);
const log = createLog('bench', 'error');
const clientEvent = eventJsonSchema('user_activity', { client: true });
const server = createServer(createApp({ services, metrics, log, clientEvent }));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void pool.end();
});
