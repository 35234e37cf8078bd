// Dead letters of one partition as chains: a skipped record, the copies of it that failed again, and who sent them. Pure.
import { ControlSummary } from '../../processors/runtime/control-summary.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';

/** One dead letter that counts, without the record that it carries: that is read again where it is wanted. */
export type Letter = {
  /** Of the skipped record in the input. */
  readonly offset: number;
  /** Of this entry in the control topic. */
  readonly controlOffset: number;
  /** Append time of this entry in ms. */
  readonly at: number;
  readonly build: number;
  readonly token: number;
  /** The first line, shortened. */
  readonly cause: string;
};

export type Audit = { readonly at: number; readonly attempt: number; readonly by: string };

/** All that befell one record: its own dead letter first, then one per copy that failed again. */
export type Chain = {
  readonly processor: string;
  readonly partition: number;
  /** Offset of the first dead letter: what a copy names and what the state lists as pending. */
  readonly root: number;
  /** Shortened. */
  readonly id: string;
  readonly letters: readonly [Letter, ...Letter[]];
  /** How many redrives were announced; the latest of them in `audits`. */
  readonly redrives: number;
  readonly audits: readonly Audit[];
};

export type Status = 'pending' | 'quarantined' | 'mended';
export type StandingChain = Chain & { readonly status: Status };

/** What of a partition's committed position says whether a skip is still pending. */
export type Standing = { readonly offset: number; readonly skips: ReadonlyMap<number, string> };

const auditsKept = 50;
const lengthMax = { cause: 200, id: 100 };

/** Pending while the state lists the skip or has not come to it; quarantined once a copy has failed as well. */
export function statusOf(chain: Chain, standing: Standing): Status {
  const pending = chain.root >= standing.offset || standing.skips.has(chain.root);
  if (!pending) return 'mended';
  return chain.letters.length > 1 ? 'quarantined' : 'pending';
}

/** How often the record was offered to the processor: by itself and once per announced redrive. */
export const attemptsOf = ({ letters, redrives }: Chain): number => Math.max(letters.length, 1 + redrives);

/** What fails now: the cause of the latest dead letter. */
export const latestOf = ({ letters }: Chain): Letter => letters[letters.length - 1] ?? letters[0];

/** The header of a copy, as the fold of its processor reads it. */
export const redriveHeader = (processor: string, root: number): string => `${processor}/${root}`;

type OpenChain = Chain & { letters: [Letter, ...Letter[]]; redrives: number; audits: Audit[] };

/** Takes the entries of one partition of a control topic in order. */
export class PartitionChains {
  readonly #processor: string;
  readonly #partition: number;
  readonly #summary = new ControlSummary();
  readonly #chains = new Map<number, OpenChain>();
  readonly #rootOf = new Map<number, number>();

  constructor(processor: string, partition: number) {
    this.#processor = processor;
    this.#partition = partition;
  }

  /** By root, in the order in which the records were skipped. */
  get chains(): readonly Chain[] {
    return [...this.#chains.values()];
  }

  /** So many dead letters count. */
  get size(): number {
    return this.#rootOf.size;
  }

  /** The next entry, or null for one that cannot be read and so says nothing; one seen before changes nothing. */
  take(controlOffset: number, at: number, control: ProcessorControl | null): void {
    if (controlOffset <= this.#summary.read) return;
    const counted = this.#summary.skips.size;
    if (control) this.#summary.take(controlOffset, control);
    else this.#summary.pass(controlOffset);
    if (control?.kind === 'redriven') this.#announced(control, at);
    // Whether a dead letter counts is for the runner's own summary to say.
    else if (control?.kind === 'dead_letter' && this.#summary.skips.size > counted)
      this.#skipped(control, { controlOffset, at });
  }

  #skipped(
    { offset, cause, build, token, headers, recordId }: Extract<ProcessorControl, { kind: 'dead_letter' }>,
    place: { controlOffset: number; at: number },
  ): void {
    const letter = { ...place, offset, build, token, cause: firstLine(cause).slice(0, lengthMax.cause) };
    const named = this.#rootNamed(headers?.redrive?.toString());
    const chain = named === undefined ? undefined : this.#chains.get(named);
    this.#rootOf.set(offset, chain?.root ?? offset);
    if (chain) {
      chain.letters.push(letter);
      return;
    }
    this.#chains.set(offset, {
      processor: this.#processor,
      partition: this.#partition,
      root: offset,
      id: (recordId ?? '').slice(0, lengthMax.id),
      letters: [letter],
      redrives: 0,
      audits: [],
    });
  }

  /** A copy that names another copy belongs to the same chain. */
  #rootNamed(header: string | undefined): number | undefined {
    const slash = header?.lastIndexOf('/') ?? -1;
    if (header === undefined || header.slice(0, slash) !== this.#processor) return undefined;
    return this.#rootOf.get(Number(header.slice(slash + 1)));
  }

  #announced({ offset, attempt, by }: Extract<ProcessorControl, { kind: 'redriven' }>, at: number): void {
    const chain = this.#chains.get(this.#rootOf.get(offset) ?? offset);
    if (!chain) return;
    chain.redrives += 1;
    chain.audits.push({ at, attempt, by });
    if (chain.audits.length > auditsKept) chain.audits.shift();
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
