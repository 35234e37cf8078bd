// Sends the gifts of the scenario over HTTP as a client would that never gives up, and checks what every answer under a key must be.
import { setTimeout as pause } from 'node:timers/promises';
import type { Body, Keyed } from './money-plan.ts';

export type Answered = {
  readonly status: number;
  readonly transactionId: string;
  readonly reason: string | null;
  readonly isHit: boolean;
  readonly coins: number | null;
};

/** What a key came to. */
export type Settled = { readonly keyed: Keyed; readonly answers: readonly Answered[] };

const requestMsMax = 10_000;
const giveUpMs = 120_000;
const againAfterMs = 150;

export class MoneyClient {
  readonly failures: string[] = [];
  readonly settled: Settled[] = [];
  readonly latencies: number[] = [];
  readonly counts = { requests: 0, repeats: 0, misuses: 0, retries: 0, unknown: 0, accepted: 0, refused: 0, hits: 0 };
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async sendAll(gifts: readonly Keyed[], atOnce: number, onDone: (done: number) => void): Promise<void> {
    let next = 0;
    const work = async () => {
      for (let gift = gifts[next++]; gift; gift = gifts[next++]) {
        await this.#sendUnderKey(gift).catch((error: Error) => this.failures.push(error.message));
        onDone(this.settled.length);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #sendUnderKey(keyed: Keyed): Promise<void> {
    const { key, path, body } = keyed;
    const together = Array.from({ length: 1 + keyed.repeatsAtOnce }, () => this.#ask(path, key, body));
    const answers = await Promise.all(together);
    this.counts.repeats += keyed.repeatsAtOnce + keyed.repeatsLater;
    for (const other of keyed.others) {
      this.counts.misuses += 1;
      const { status, reason } = await this.#ask(path, key, other);
      if (status !== 409 || reason !== 'idempotency_key_reused')
        this.failures.push(`${key} with another body: ${status} ${reason}, not 409`);
    }
    for (let i = 0; i < keyed.repeatsLater; i++) {
      const answer = await this.#ask(path, key, body);
      if (!answer.isHit) this.failures.push(`${key} again: not marked as a repeat`);
      answers.push(answer);
    }
    this.#check(keyed, answers);
    this.settled.push({ keyed, answers });
  }

  /** One of them may be the first, all others are marked; all say the same. */
  #check({ key }: Keyed, answers: readonly Answered[]): void {
    const [first] = answers;
    for (const answer of answers)
      for (const name of ['status', 'transactionId', 'reason', 'coins'] as const)
        if (answer[name] !== first?.[name])
          this.failures.push(`${key}: ${name} is ${answer[name]}, but was ${first?.[name]}`);
    if (answers.filter(({ isHit }) => !isHit).length > 1) this.failures.push(`${key}: two answers are not marked`);
    const isAnswer = first?.status === 200 || (first?.status ?? 0) >= 400;
    if (!isAnswer || first?.transactionId === '')
      this.failures.push(`${key}: answered ${first?.status} ${first?.reason}`);
    if (first?.status === 200) this.counts.accepted += 1;
    else this.counts.refused += 1;
    this.counts.hits += answers.filter(({ isHit }) => isHit).length;
  }

  /** Until there is an answer that is neither unknown nor pending. */
  async #ask(path: string, key: string, body: Body): Promise<Answered> {
    const sinceMs = performance.now();
    for (;;) {
      this.counts.requests += 1;
      const beganMs = performance.now();
      const answer = await this.#post(path, key, body);
      if (answer !== null) {
        this.latencies.push(performance.now() - beganMs);
        return answer;
      }
      this.counts.retries += 1;
      if (performance.now() - sinceMs > giveUpMs) throw new Error(`${key}: no answer within ${giveUpMs / 1_000} s`);
      await pause(againAfterMs);
    }
  }

  async #post(path: string, key: string, body: Body): Promise<Answered | null> {
    try {
      const response = await fetch(`${this.#url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(requestMsMax),
      });
      const said = (await response.json()) as Record<string, unknown>;
      if (response.status === 202 || response.status >= 500 || response.status === 429) return null;
      return {
        status: response.status,
        transactionId: String(said.transaction_id ?? ''),
        reason: said.reason === undefined ? null : String(said.reason),
        isHit: response.headers.get('idempotency-hit') === 'true',
        coins: said.coins_spent === undefined ? null : Number(said.coins_spent),
      };
    } catch {
      this.counts.unknown += 1;
      return null;
    }
  }
}
