// The scenario of money: gifts over HTTP while processors are killed and the broker is restarted; then every coin is accounted for.
import { setTimeout as pause } from 'node:timers/promises';
import { paymentProducer } from '../../producers/payments.ts';
import { Publisher } from '../../producers/publish.ts';
import { seeded } from '../../producers/simulate/random.ts';
import { checkMoney } from './money-checks.ts';
import { MoneyClient } from './money-client.ts';
import { coinsOf, creatorOf, keyedGifts, type MoneyPlan, payerOf } from './money-plan.ts';
import { fireTimers, subscribeLongAgo } from './money-renewals.ts';
import { Platform } from './platform.ts';
import { recovered } from './recovery.ts';
import type { SeedParts } from './seed-run.ts';

type Say = (line: string) => void;
export type MoneyOutcome = { readonly failures: readonly string[]; readonly lines: readonly string[] };

const processes = 2;
const settleMs = 1_500;
const bootTriesMax = 50;
const againAfterMs = 300;

export async function runMoney(
  { folder, servers, ports, say, onEnd }: SeedParts,
  plan: MoneyPlan,
): Promise<MoneyOutcome> {
  const platform = await Platform.make({ folder, servers, ports, seed: plan.seed });
  onEnd(() => platform.endProcesses());
  const sinceMs = performance.now();
  const tell: Say = (line) => say(`  ${((performance.now() - sinceMs) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
  const failures: string[] = [];
  const lines: string[] = [];
  try {
    while (platform.processors.length < processes) platform.addProcessors();
    await fillWallets(platform, plan);
    await recovered(platform);
    tell(`${plan.accounts} wallets are filled, ${plan.creators} creators are known`);
    const client = new MoneyClient(platform.config.api.url);
    const faults = new MoneyFaults(platform, plan, tell);
    await client.sendAll(keyedGifts(plan), plan.atOnce, (done) => faults.after(done));
    await faults.end();
    await pause(settleMs);
    await fireTimers(platform, plan);
    const recovery = await recovered(platform);
    tell(`all ${client.settled.length} gifts are answered, well again after ${(recovery / 1_000).toFixed(1)} s`);
    const checked = await checkMoney(platform, plan, client.settled);
    failures.push(...client.failures, ...checked.failures);
    lines.push(...saidOf(client), `${faults.kills} kills, ${faults.restarts} restarts of the broker`, ...checked.lines);
  } catch (error) {
    failures.push((error as Error).stack ?? String(error));
    await servers.heal();
  }
  for (const line of [...lines, ...failures.slice(0, 20).map((failure) => `FAILED ${failure}`)]) tell(line);
  await platform.drop();
  return { failures, lines };
}

/** Coins for all, a subscription of a month ago for some; creators exist from their first record on. */
async function fillWallets(platform: Platform, plan: MoneyPlan): Promise<void> {
  const publisher = new Publisher({ config: platform.config, log: platform.log });
  await publisher.start();
  const { producePaymentTransactionEvent } = paymentProducer(publisher);
  const buy = (accountId: string, asset: string, amount: number) =>
    persistently(() =>
      producePaymentTransactionEvent({
        type: 'coin_purchase',
        accountId,
        asset,
        amount,
        provider: 'local',
        currency: 'USD',
        price: amount,
        transactionId: `bought-${asset}-${accountId}`,
      }),
    );
  const each = Math.ceil(plan.gifts / plan.accounts);
  const payers = Array.from({ length: plan.accounts }, (_, n) => buy(payerOf(n), 'COIN', coinsOf(n, each)));
  const creators = Array.from({ length: plan.creators }, (_, n) => buy(creatorOf(n), 'COIN', 1));
  await Promise.all([...payers, ...creators]);
  await subscribeLongAgo(plan, { buy, publish: (event) => persistently(() => producePaymentTransactionEvent(event)) });
  await publisher.stop();
}

/** What is bought under one id is booked once. */
async function persistently(publish: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await publish();
      return;
    } catch (error) {
      if (tries === bootTriesMax) throw error;
      await pause(againAfterMs);
    }
  }
}

/** SIGKILL for one processors' process after another; once, a restart of the broker. */
class MoneyFaults {
  kills = 0;
  restarts = 0;
  readonly #platform: Platform;
  readonly #plan: MoneyPlan;
  readonly #tell: Say;
  readonly #timer: NodeJS.Timeout;
  #restart: Promise<void> | null = null;
  #isDown = false;

  constructor(platform: Platform, plan: MoneyPlan, tell: Say) {
    this.#platform = platform;
    this.#plan = plan;
    this.#tell = tell;
    const random = seeded(plan.seed);
    this.#timer = setInterval(() => {
      if (this.#isDown || this.kills === plan.killsMax) return;
      this.kills += 1;
      void random.pick(platform.processors).kill();
    }, plan.killEveryMs);
  }

  after(done: number): void {
    const { gifts, brokerAfter } = this.#plan;
    if (this.#restart || done < gifts * brokerAfter) return;
    this.#tell(`${done} gifts are answered; the broker is restarted`);
    this.#restart = this.#restartBroker();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#restart;
  }

  async #restartBroker(): Promise<void> {
    this.#isDown = true;
    await this.#platform.servers.of('kafka').kill();
    await this.#platform.servers.of('kafka').start();
    this.#isDown = false;
    this.restarts += 1;
  }
}

function saidOf({ counts, latencies }: MoneyClient): string[] {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (part: number) => `${(sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(0)} ms`;
  const { requests, repeats, misuses, retries, unknown, accepted, refused, hits } = counts;
  return [
    `${requests} requests: ${accepted} keys accepted, ${refused} refused, ${repeats} repeats (${hits} answers marked), ${misuses} misuses`,
    `${retries} tried again, of which ${unknown} without any answer; answered in ${at(0.5)} (P50), ${at(0.99)} (P99)`,
  ];
}
