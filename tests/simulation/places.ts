// Where a slot can be between two effects, and which faults can strike there: what a long enough run must have covered.

/** What every slot passes through, and every way through a batch. */
export const places = [
  'start → claim',
  'claim → claim read',
  'claim read → generations',
  'generations → acquire',
  'acquire → end',
  'end → batch',
  'batch → read',
  'batch → schema',
  'batch → rows',
  'batch → send',
  'batch → commit',
  'batch → outputs',
  'read → schema',
  'read → rows',
  'read → send',
  'read → commit',
  'read → outputs',
  'schema → read',
  'schema → rows',
  'schema → send',
  'schema → outputs',
  'rows → send',
  'rows → commit',
  'send → rows',
  'send → send',
  'send → commit',
  'commit → batch',
  'commit → outputs',
  'outputs → letter',
  'letter → letter read',
  'letter read → commit',
  'fault → wait',
  'fault → claim',
  'fault → resume',
  'resume → end',
] as const;

const faults = [
  'crash before',
  'crash after',
  'timeout, applied',
  'timeout, dropped',
  'timeout, late',
  'batch twice',
  'roll back',
  'roll back all',
  'flush all',
  'stall',
  'zombie wakes',
  'two handlers',
  'new build',
  'erasure',
  'redrive twice',
  'timer early',
  'timer again',
] as const;

/** What strikes the log, wherever the slots are. */
export const elsewhere = [
  'day passes',
  'older build stands back',
  'dead letter',
  'rebuild crashes',
  'rebuild stalls',
  'rebuild cancelled',
  'swapped',
  'swapped back',
  'swap came too late',
] as const;

const needsAnswer: readonly string[] = ['crash after', 'timeout, applied', 'timeout, dropped', 'timeout, late'];

function canStrike(fault: string, place: string): boolean {
  const local = place.endsWith('→ batch') || place.endsWith('→ wait');
  if (fault === 'batch twice') return place.endsWith('→ batch');
  // A batch is handed over here and now: nothing is lost on the way, and a sleeper waits for none.
  if (needsAnswer.includes(fault)) return !local;
  if (fault === 'zombie wakes') return !place.endsWith('→ batch');
  // The ledger, which alone has timers, never emits so much that it needs two sends, and reads its memos once it has a schema.
  if (fault.startsWith('timer'))
    return place !== 'send → send' && (!place.startsWith('schema →') || place === 'schema → read');
  return true;
}

export const cells: readonly { readonly fault: string; readonly place: string }[] = faults.flatMap((fault) =>
  places.filter((place) => canStrike(fault, place)).map((place) => ({ fault, place })),
);
