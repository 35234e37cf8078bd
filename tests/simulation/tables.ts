// The processors of the simulation: small domains in which a lost, repeated or reordered event shows, per build of their code.
import type { Beside, Moment, Processor } from '../../processors/runtime/processor.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { figures } from './figures.ts';
import { purse } from './purse.ts';
import { viewing } from './viewing.ts';

export type ProcessorName = 'viewing' | 'figures' | 'purse';

/** Whom an event troubles: builds older than `since` must wait for it, those in `throwsIn` or `unreadableIn` dead-letter it. */
export type Trouble = {
  readonly since: number;
  readonly throwsIn: readonly number[];
  readonly unreadableIn: readonly number[];
};

export const untroubled: Trouble = { since: 1, throwsIn: [], unreadableIn: [] };

export type Envelope = {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly actorId: string;
  readonly correlationId: string;
  readonly source: string;
  readonly ruleSet: number;
  readonly origin: string | null;
  /** The writer's schema, which a reader may have to fetch first. */
  readonly schema: number;
  readonly trouble: Trouble;
};

/** A domain, as its pure functions; builds differ only in what they throw on. */
export type Domain<State, Event extends Envelope> = Pick<
  Processor<State, Event>,
  'initialState' | 'writes' | 'emits' | 'memos' | 'keeps'
> & {
  readonly input: TopicName;
  readonly control: TopicName;
  readonly emitsTo: readonly TopicName[];
  readonly firstHop: boolean;
  evolve(state: State, event: Event, at: Moment, beside: Beside): State;
};

/** The newest build there will be, which folds everything. */
export const lastBuild = 3;

const domains = { viewing, figures, purse } as const;
/** The row tables that each writes. */
export const rowTables: Record<ProcessorName, readonly string[]> = {
  viewing: ['totals_by_user', 'views_by_user'],
  figures: ['totals_by_video'],
  purse: ['balances'],
};

const built = new Map<string, Processor>();

/** A processor as one build of the code has it. */
export function tableOf(name: ProcessorName, build: number, dedup = true): Processor {
  const known = built.get(`${name} ${build} ${dedup}`);
  if (known) return known;
  const domain = domains[name] as unknown as Domain<unknown, Envelope>;
  const table: Processor<unknown, Envelope> = {
    ...domain,
    name,
    rules: 1,
    firstHop: domain.firstHop && dedup,
    pushesStates: true,
    tagOf: ({ trouble }) => (trouble.since > build ? 'unknown' : 'known'),
    evolve: (state, event, at, beside) => {
      if (event.trouble.throwsIn.includes(build)) throw new RangeError(`build ${build} throws on ${event.eventId}`);
      return domain.evolve(state, event, at, beside);
    },
  };
  built.set(`${name} ${build} ${dedup}`, table as Processor);
  return table as Processor;
}
