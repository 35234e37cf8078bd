// A wallet: every line of its statement is an event, and beside them stand balances, plan and subscriptions.
import { partitionOf } from '../../infra/kafka.ts';
import type { StatementEntry } from '../../projections/statements.ts';
import { topics } from '../../schemas/topics.ts';
import type { Services } from '../ports.ts';
import { lineShown, walletShown } from '../services/wallet-shown.ts';
import type { Reading } from './delivery.ts';
import { beginningOf, type Sequence } from './sequence.ts';
import { type EventSource, eventsKept } from './sources.ts';

const folding = { processor: 'statements', topic: 'ledger_entries' } as const;
/** Refusals and repeats are lines too. */
const linesShown = 30;

export function walletSource(userId: string, services: Services): EventSource {
  return {
    kind: 'events',
    read: async (after) => {
      for (;;) {
        const { reading, generation } = await readOnce(userId, services, after);
        // Otherwise some of it may be of one generation and some of the other.
        if (services.positions.generation(folding.processor) === generation) return reading;
      }
    },
    changes: (listener) => services.wallets.onChange(userId, listener),
  };
}

async function readOnce(userId: string, services: Services, after: Sequence | null) {
  const partition = partitionOf(userId, topics.ledger_entries.partitions);
  // The place first: all lines up to it are there, and what lies beyond it is not yet committed.
  const { generation, next } = await services.positions.of(folding, partition);
  const asked = { accountId: userId, next };
  const newest = await services.statements.after({ ...asked, offset: null, limit: linesShown });
  const offset = after?.generation === generation ? after.offset : null;
  const missed = offset === null ? [] : await missedBy(services, newest, { ...asked, offset });
  const sequenceOf = ({ offset }: StatementEntry): Sequence => ({ generation, offset, index: 0 });
  const reading: Reading = {
    latest: newest[0] ? sequenceOf(newest[0]) : beginningOf(generation),
    events:
      missed.length > eventsKept
        ? null
        : [...missed].reverse().map((line) => ({ sequence: sequenceOf(line), data: lineShown(line) })),
    state: await walletShown(services, userId, newest),
  };
  return { generation, reading };
}

type Asked = { readonly accountId: string; readonly next: number; readonly offset: number };

/** Newest first; mostly they are among the lines that are shown anyway. */
async function missedBy(services: Services, newest: readonly StatementEntry[], asked: Asked) {
  const isWhole = newest.length < linesShown || newest.some(({ offset }) => offset <= asked.offset);
  if (isWhole) return newest.filter(({ offset }) => offset > asked.offset);
  return services.statements.after({ ...asked, limit: eventsKept + 1 });
}
