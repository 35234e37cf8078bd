// A request for money, whatever it is for: one event under the payer's key, and what the ledger decided as its caller is told.
import { createHash } from 'node:crypto';
import { currentRuleSet } from '../../schemas/money.ts';
import type { MoneyEvent } from '../money-door.ts';
import { hitHeader, idempotencyHeader } from '../names.ts';
import type { Call, Services } from '../ports.ts';
import { type Reason, Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import { refusedIfDeleted } from './deleted-account.ts';
import { type Answer, answerOf, type Outcome, refusedAs, type SpentOn, type Told } from './money-answers.ts';

export type Asked = {
  /** What the same key must always come with: the request as its caller made it, whatever prices have become since. */
  readonly request: object;
  readonly answer: string;
  /** A refusal in figures and words of its own; null for the usual ones. */
  readonly refused?: (outcome: Outcome) => Told | null;
};
type Settled = Asked & { readonly answer: SpentOn };

/** What was decided, and whether it had been before this call. */
export type Decision = { readonly outcome: Outcome; readonly isRepeat: boolean };

type Undecided<Event> = Event extends unknown ? Omit<Event, 'idempotencyKey' | 'fingerprint'> : never;

const endings: ReadonlySet<string> = new Set(['subscription_cancel', 'plan_cancel']);
const payers = ['sender_id', 'subscriber_id', 'user_id', 'creator_id'] as const;
const payerField = (request: object): string => payers.find((name) => Object.hasOwn(request, name)) ?? 'user_id';

/** Asks for the decision and tells it. */
export async function settled(
  services: Services,
  call: Call,
  event: Undecided<MoneyEvent>,
  asked: Settled,
): Promise<Reply | Refusal> {
  const decision = await decided(services, call, event, asked);
  return decision instanceof Refusal || decision instanceof Reply ? decision : accepted(decision, asked);
}

/** The decision where it was accepted; else the refusal, or a reply that says where the decision will be. */
export async function decided(
  services: Services,
  call: Call,
  event: Undecided<MoneyEvent>,
  asked: Asked,
): Promise<Decision | Reply | Refusal> {
  const idempotencyKey = call.idempotencyKey ?? '';
  const fingerprint = fingerprintOf(asked);
  const { accountId } = event;
  // What goes on being paid can be ended all the same.
  if (!endings.has(event.type)) {
    const deleted = refusedIfDeleted(services, accountId, payerField(asked.request));
    if (deleted) return deleted;
  }
  const published = { ...event, idempotencyKey, fingerprint, ruleSet: currentRuleSet } as MoneyEvent;
  const answer = await services.money.request(published, call.requestId, call.ended);
  if (answer instanceof Refusal) return answer;
  if (answer.memo === null) return pending(`/api/ledger/requests/${accountId}/${idempotencyKey}`, answer.token);
  const { memo, isRepeat } = answer;
  return memo.fingerprint === fingerprint
    ? told({ outcome: memo.outcome, isRepeat }, asked)
    : keyReused(memo.outcome.transactionId);
}

/** What was decided under the key before, without asking again. */
export async function remembered(services: Services, call: Call, accountId: string, asked: Asked) {
  const memo = await services.wallets.request(accountId, call.idempotencyKey ?? '');
  if (!memo) return null;
  const { outcome, fingerprint } = memo;
  return fingerprint === fingerprintOf(asked)
    ? told({ outcome, isRepeat: true }, asked)
    : keyReused(outcome.transactionId);
}

export async function rememberedAnswer(services: Services, call: Call, accountId: string, asked: Settled) {
  const decision = await remembered(services, call, accountId, asked);
  return decision === null || decision instanceof Refusal ? decision : accepted(decision, asked);
}

function accepted({ outcome, isRepeat }: Decision, { answer }: Settled): Reply {
  return replied(answerOf(answer, outcome), isRepeat);
}

/** A repeat is marked. */
export function replied(body: Answer, isRepeat: boolean): Reply {
  return new Reply(body, isRepeat ? { headers: { [hitHeader]: 'true' } } : {});
}

function told(decision: Decision, { refused, request }: Asked): Decision | Refusal {
  const { outcome, isRepeat } = decision;
  if (outcome.accepted) return decision;
  const { detail, ...more } = refused?.(outcome) ?? refusedAs(outcome, request);
  const headers = isRepeat ? { [hitHeader]: 'true' } : undefined;
  const { transactionId } = outcome;
  return new Refusal((outcome.reason ?? 'internal') as Reason, detail, {
    ...more,
    transactionId,
    ...(headers && { headers }),
  });
}

export function keyReused(transactionId?: string): Refusal {
  const detail = `this ${idempotencyHeader} was used for another request; a new request needs a new one`;
  return new Refusal('idempotency_key_reused', detail, {
    field: idempotencyHeader,
    ...(transactionId !== undefined && { transactionId }),
  });
}

/** @param place where the outcome will be */
export function pending(place: string, token: string): Reply {
  const address = `${place}${place.includes('?') ? '&' : '?'}token=${token}`;
  const body = { success: null, status: 'pending', status_url: address, token };
  return new Reply(body, { status: 202, headers: { location: address } });
}

/** Of the request with its defaults, whichever way it came and in whichever order its fields stood. */
export function fingerprintOf({ request, answer }: Asked): string {
  const fields = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([answer, fields]))
    .digest('hex')
    .slice(0, 32);
}
