// dating_pairs → what stands between two people: states, answers and timers in Redis; captures and releases, and each one's own history.
import type { DatingPair } from '../../schemas/generated.ts';
import { currentRuleSet } from '../../schemas/money.ts';
import type { Processor, Write } from '../runtime/processor.ts';
import { evolve, initialState, memosOf, type Pair } from './domain.ts';
import { requestMemoPrefix, timerMember, timersBoard } from './domain-outcomes.ts';
import type { Decision } from './domain-pair.ts';

export const pairs: Processor<Pair, DatingPair> = {
  name: 'pairs',
  input: 'dating_pairs',
  control: 'pairs_control',
  rules: 2,
  emitsTo: ['payment_transactions', 'user_activity'],
  firstHop: false,
  pushesStates: false,
  pushesMemosOf: requestMemoPrefix,
  initialState,
  evolve,
  memos: memosOf,
  keeps: ({ decided: _, ...kept }) => kept,
  writes: ({ decided }, event) => (decided ? writesOf(decided, event.pairId) : []),
  emits: ({ decided }) => decided?.emissions ?? [],
  tagOf: (event) => event.type,
  timers: {
    event: (pairId, timerId, due) => ({ type: 'timer_fired', pairId, timerId, due, ruleSet: currentRuleSet }),
  },
};

function writesOf({ memo, timers }: Decision, pairId: string): Write[] {
  const writes: Write[] = memo ? [{ kind: 'memo', ...memo }] : [];
  for (const [timerId, due] of timers)
    writes.push({ kind: 'score', board: timersBoard, member: timerMember(pairId, timerId), score: due });
  return writes;
}
