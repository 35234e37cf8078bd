// A wallet as its owner is shown it while it changes: balances, subscriptions, and the latest movements with who, what and how much.
import type { StatementEntry } from '../../projections/statements.ts';
import type { Services } from '../ports.ts';
import { timeOf, tokenOf } from './money-answers.ts';
import { getSubscriptions, getWallet } from './wallets.ts';

const eventsShown = 10;
/** Refusals and repeats are lines of a statement too. */
const linesRead = 30;

export async function walletShown(services: Services, userId: string) {
  // The lines first: a balance that is read later has at least what they tell.
  const { entries } = await services.statements.page({ accountId: userId, limit: linesRead });
  const [wallet, { plan, subscriptions }] = await Promise.all([
    getWallet(services, { user_id: userId }),
    getSubscriptions(services, { user_id: userId }),
  ]);
  const moved = entries.filter(({ outcome, postings }) => outcome === 'accepted' && postings.length > 0);
  return { ...wallet, plan, subscriptions, events: moved.slice(0, eventsShown).map(movementOf) };
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
function typeOf({ kind, stream, giftType }: StatementEntry): string {
  if (kind === 'gift' || kind === 'tip') return `${kind}_sent`;
  if (kind !== 'credit') return kind;
  if (giftType !== null) return 'gift_received';
  return stream === 'gifts' ? 'tip_received' : 'earned';
}
