// Holds live still for a comparison: stops it in the log, takes its partitions, and ends in a swap or in live going on.
import { setTimeout as pause } from 'node:timers/promises';
import { type GenerationsView, leaseMs } from './live-gate.ts';
import type { ControlLog, Positions, StateStore } from './ports.ts';

export type StandstillPorts = {
  readonly generations: GenerationsView;
  readonly control: Pick<ControlLog, 'newestBuild' | 'claim'>;
  readonly live: Pick<StateStore, 'acquire'> & Positions;
  readonly shadow: Positions;
  /** ms since 1970 */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Live must not stand for longer after its author was killed. */
  readonly leaseMs: number;
};

export type StandstillOf = {
  readonly slug: string;
  readonly generation: number;
  readonly partitions: number;
  readonly by: string;
};

/** It cannot begin, or has ended, by somebody else's doing; live goes on. */
export class NotStanding extends Error {}

/** Without a commit for so long, nothing is under way; nobody waits longer than the second. */
const calmMs = 150;
const calmMsMax = 2_000;

export const standstillTimes = {
  now: () => Date.now(),
  pause: (ms: number) => pause(ms),
  leaseMs,
} as const;

export class Standstill {
  readonly #ports: StandstillPorts;
  readonly #of: StandstillOf;
  readonly #at: number;
  /** Per partition the offset up to which live has folded, and will not fold further. */
  #offsets: readonly number[] = [];

  private constructor(ports: StandstillPorts, of: StandstillOf, at: number) {
    this.#ports = ports;
    this.#of = of;
    this.#at = at;
  }

  /** Resolves when nothing of live can move. @throws NotStanding if another comparison is under way, or live is behind the shadow */
  static async begin(ports: StandstillPorts, of: StandstillOf): Promise<Standstill> {
    const { generations, now } = ports;
    const { slug, generation, by } = of;
    const at = await generations.append({
      kind: 'stopped',
      slug,
      generation,
      until: now() + ports.leaseMs,
      stop: null,
      by,
    });
    const standstill = new Standstill(ports, of, at);
    if (!standstill.stands()) throw new NotStanding('another comparison is under way, or the rebuild was cancelled');
    try {
      await standstill.#calm();
      await standstill.#take();
    } catch (error) {
      await standstill.end();
      throw error;
    }
    return standstill;
  }

  get offsets(): readonly number[] {
    return this.#offsets;
  }

  stands(): boolean {
    return this.#ports.generations.of(this.#of.slug).stop?.at === this.#at;
  }

  /** To be called every few seconds while it lasts. */
  async extend(): Promise<void> {
    const { slug, generation, by } = this.#of;
    const until = this.#ports.now() + this.#ports.leaseMs;
    await this.#ports.generations.append({ kind: 'stopped', slug, generation, until, stop: this.#at, by });
  }

  /** Live goes on as it was. */
  async end(): Promise<void> {
    const { slug, by } = this.#of;
    await this.#ports.generations.append({ kind: 'resumed', slug, stop: this.#at, by });
  }

  /** The other generation is live from these offsets on. @throws NotStanding if the stop ended before */
  async swap(rules: number, build: number, differing: number): Promise<void> {
    const { generations } = this.#ports;
    const { slug, generation, by } = this.#of;
    const offsets = this.#offsets;
    await generations.append({
      kind: 'swapped',
      slug,
      generation,
      rules,
      build,
      stop: this.#at,
      offsets,
      by,
      differing,
    });
    if (generations.of(slug).live?.generation !== generation)
      throw new NotStanding('live went on before the swap was written: nothing was swapped');
  }

  /** Lets owners finish the commit that is under way. */
  async #calm(): Promise<void> {
    const { now, pause: wait } = this.#ports;
    const startedAt = now();
    let before = await this.#positions(this.#ports.live);
    let since = startedAt;
    while (now() - since < calmMs && now() - startedAt < calmMsMax) {
      await wait(calmMs / 5);
      const after = await this.#positions(this.#ports.live);
      if (after.some((offset, i) => offset !== before[i])) since = now();
      before = after;
    }
  }

  /** Takes every partition as an owner does, so that whoever still folds one is refused. */
  async #take(): Promise<void> {
    const { control, live, shadow } = this.#ports;
    const offsets = await Promise.all(
      this.#partitions().map(async (partition) => {
        // The build of whoever claimed last: a larger number would make that one stand back.
        const { token } = await control.claim(partition, Math.max(0, control.newestBuild(partition)));
        const position = await live.acquire(partition, token, Math.max(0, control.newestBuild(partition)));
        if (position === 'refused') throw new NotStanding(`partition ${partition} was claimed meanwhile`);
        return position.offset;
      }),
    );
    const shadowed = await this.#positions(shadow);
    const ahead = shadowed.findIndex((offset, i) => offset > (offsets[i] ?? 0));
    if (ahead >= 0) throw new NotStanding(`live is behind the shadow in partition ${ahead}: it must catch up first`);
    this.#offsets = offsets;
  }

  #positions(of: Positions): Promise<number[]> {
    return Promise.all(this.#partitions().map((partition) => of.offset(partition)));
  }

  #partitions(): number[] {
    return Array.from({ length: this.#of.partitions }, (_, partition) => partition);
  }
}
