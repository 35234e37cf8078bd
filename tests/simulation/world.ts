// One seed's world: stores, logs, processes and actors under one scheduler; runs to the end of its faults and then to rest.
import type { Changes, InputRecord } from '../../processors/runtime/ports.ts';
import type { TopicName } from '../../schemas/topics.ts';
import { Cluster } from './cluster.ts';
import { ControlTopic } from './control.ts';
import { Coverage } from './coverage.ts';
import { GenerationTopic } from './generations.ts';
import { type Guards, guardsWithout } from './guards.ts';
import { Logs } from './log.ts';
import { Operator } from './operator.ts';
import { Random } from './random.ts';
import { RedisTags } from './redis.ts';
import { Rows } from './rows.ts';
import { type Line, Scheduler, type Step, settle } from './scheduler.ts';
import type { ProcessorName } from './tables.ts';

/** Which processors a seed runs. `regress` is the chain with builds that throw on what an older one folds. */
export type Kind = 'chain' | 'ledger' | 'regress';

export type WorldOptions = {
  readonly seed: number;
  readonly guards?: Guards;
  readonly trace?: boolean;
};

/** A partition of a processor's generation. */
export type Seat = { readonly processor: ProcessorName; readonly partition: number; readonly generation: number };

export type Pushed = { readonly seat: Seat; readonly to: number; readonly states: Changes['states'] };

export type Published = { readonly userId: string; readonly amount: number; readonly videoIds: readonly string[] };

/** An actor starts what it does when the world is made, and may bring what can happen next. */
export type Actor = (world: World) => void;

/** The two partitions that the names of the simulation's people and videos hash to. */
export const partitions = [0, 5] as const;

const kinds: readonly Kind[] = ['chain', 'ledger', 'chain', 'regress', 'ledger', 'chain'];
const processorsOf: Record<Kind, readonly ProcessorName[]> = {
  chain: ['viewing', 'figures'],
  ledger: ['purse'],
  regress: ['viewing', 'figures'],
};

/** So long lasts a step, where the product thinks in ms. */
export const msPerStep = 10;

const chaosSteps = 530;
/** Faults over, everything comes to rest long before. */
const restStepsMax = 20_000;

class NoRest extends Error {}

export class World {
  readonly kind: Kind;
  readonly guards: Guards;
  readonly random: Random;
  readonly coverage = new Coverage();
  readonly scheduler: Scheduler;
  readonly logs = new Logs();
  readonly control = new ControlTopic();
  readonly generations = new GenerationTopic();
  readonly redis: RedisTags;
  readonly rows: Rows;
  readonly cluster: Cluster;
  readonly operator: Operator;
  readonly pushed: Pushed[] = [];
  /** Timers that a clock has fired, as often as it has. */
  readonly firings: { readonly account: string; readonly timer: string }[] = [];
  readonly trace: string[] = [];
  /** People who still have a key; their names can be read. */
  readonly keyHolders = new Set<string>();
  /** What clients have published or will: event id → what must come of it. */
  readonly published = new Map<string, Published>();
  /** Faults strike so many times as often as usual. */
  readonly intensity: number;
  /** Events whose publication may still be repeated. */
  publishing = 0;
  /** Faults strike until the world is brought to rest. */
  faulty = true;
  /** Lets a fault strike at what comes next; tells whether it has lost its turn. */
  strike: (world: World, step: Step) => boolean = () => false;
  readonly outside: Line = { name: 'outside', process: null, last: 'start' };
  /** What a rebuild found wrong while it ran. */
  wrong: Error | null = null;
  readonly #tracing: boolean;

  constructor({ seed, guards = guardsWithout(null), trace = false }: WorldOptions) {
    this.kind = kinds[seed % kinds.length] as Kind;
    this.guards = guards;
    this.random = new Random(seed);
    this.intensity = this.random.pick([0.5, 1, 1.4]);
    this.scheduler = new Scheduler(this.random);
    this.redis = new RedisTags(guards);
    this.rows = new Rows(guards);
    this.#tracing = trace;
    for (const slug of processorsOf[this.kind])
      this.generations.append({
        kind: 'started',
        slug,
        generation: 1,
        rules: 1,
        outputs: null,
        build: 1,
        by: 'simulation',
      });
    this.cluster = new Cluster(this);
    this.operator = new Operator(this);
    this.logs.onAppend = (topic, partition, record) => this.#sayAppended(topic, partition, record);
  }

  get processors(): readonly ProcessorName[] {
    return processorsOf[this.kind];
  }

  /** All of the live generations. */
  get seats(): readonly Seat[] {
    return this.processors.flatMap((processor) =>
      partitions.map((partition) => ({ processor, partition, generation: this.liveOf(processor) })),
    );
  }

  /** The generation that is live. */
  liveOf(processor: ProcessorName): number {
    return this.generations.truth(processor).live?.generation ?? 1;
  }

  /** @throws NoRest if it goes on for ever */
  async run(): Promise<void> {
    this.cluster.start();
    await settle();
    while (this.scheduler.now < chaosSteps) if (!(await this.#turn())) break;
    this.say('faults are over');
    this.faulty = false;
    this.#landOrLose();
    this.cluster.heal();
    const giveUpAt = this.scheduler.now + restStepsMax;
    for (let turns = 0; await this.#turn(); turns++)
      if (this.scheduler.now > giveUpAt || turns > restStepsMax)
        throw new NoRest(`no rest: ${this.cluster.statuses()}`);
    if (this.wrong) throw this.wrong;
  }

  say(text: string): void {
    if (this.#tracing) this.trace.push(`${this.scheduler.now} ${text}`);
  }

  async #turn(): Promise<boolean> {
    const step = this.scheduler.next();
    if (!step) return false;
    this.redis.step = this.scheduler.now;
    if (!this.faulty || !this.strike(this, step)) {
      this.say(`${step.line.name}: ${step.effect}`);
      this.scheduler.take(step);
      step.happen();
    }
    await settle();
    return true;
  }

  #landOrLose(): void {
    while (this.scheduler.late.length > 0) {
      if (this.random.chance(0.6)) this.scheduler.landLate(0);
      else this.scheduler.late.shift();
    }
  }

  #sayAppended(topic: TopicName, partition: number, { offset, id, origin, redrive, value }: InputRecord): void {
    if (!this.#tracing) return;
    const from = `${origin ? ` from ${origin}` : ''}${redrive ? ` redrive ${redrive}` : ''}`;
    this.say(`  ${topic}:${partition} @${offset} ${id}${from} ${value}`);
  }
}

/** The name of a seat in Redis. */
export const tagOf = ({ processor, partition, generation }: Seat): string => `g${generation}:${processor}:${partition}`;
