// A wallet as its owner is shown it while it changes: balances, subscriptions, and the latest movements with who, what and how much.
import type { StatementEntry } from '../../projections/statements.ts';
import type { Services } from '../ports.ts';
import { timeOf, tokenOf } from './money-answers.ts';
import { getSubscriptions, walletOf } from './wallets.ts';

const eventsShown = 10;

/** @param lines of the statement, newest first: balances are those after the newest of them */
export async function walletShown(services: Services, userId: string, lines: readonly StatementEntry[]) {
  const { plan, subscriptions } = await getSubscriptions(services, { user_id: userId });
  const [newest] = lines;
  const wallet = walletOf(userId, newest?.balances ?? {}, newest ?? null);
  return { ...wallet, plan, subscriptions, events: lines.filter(isMovement).slice(0, eventsShown).map(movementOf) };
}

const isMovement = ({ outcome, postings }: StatementEntry): boolean => outcome === 'accepted' && postings.length > 0;

/** A line as an event, with the balances after it; what was not accepted says so, and why. */
export function lineShown(line: StatementEntry) {
  const { user_id: _, as_of: __, as_of_time: ___, ...balances } = walletOf('', line.balances, null);
  return { ...movementOf(line), outcome: line.outcome, reason: line.reason, balances };
}

function movementOf(line: StatementEntry) {
  return {
    type: typeOf(line),
    with: line.counterpartyId,
    asset: line.asset,
    amount: line.amount === null ? null : Number(line.amount),
    gross: line.gross === null ? null : Number(line.gross),
    gift_type: line.giftType,
    quantity: line.quantity,
    video_id: line.videoId,
    transaction_id: line.kind === 'credit' ? line.originalId : line.transactionId,
    time: timeOf(line.time),
    token: tokenOf(line),
  };
}

/** A gift is a line of both sides: the payer's own, and the credit that follows. */
function typeOf(line: StatementEntry): string {
  const { kind, stream, giftType, outcome } = line;
  if (outcome !== 'accepted') return `${kind}_${outcome}`;
  if (kind === 'gift' || kind === 'tip') return `${kind}_sent`;
  if (kind !== 'credit') return kind;
  if (giftType !== null) return 'gift_received';
  return stream === 'gifts' ? 'tip_received' : 'earned';
}
