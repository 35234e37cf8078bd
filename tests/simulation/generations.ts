// The topic `generations` in memory, and what each process has read of it: the view that the product's gate and rebuild stand on.
import { GenerationHistory } from '../../processors/runtime/generation-history.ts';
import type { GenerationsView } from '../../processors/runtime/live-gate.ts';
import type { GenerationChange } from '../../schemas/generated.ts';
import type { Line, Scheduler } from './scheduler.ts';

export class GenerationTopic {
  readonly steps: GenerationChange[] = [];
  readonly #truth: GenerationReader;

  constructor() {
    this.#truth = new GenerationReader(this);
  }

  append(change: GenerationChange): number {
    return this.steps.push(change) - 1;
  }

  /** What all of the topic says. */
  truth(slug: string): GenerationHistory {
    this.#truth.readTo(this.steps.length - 1);
    return this.#truth.of(slug);
  }
}

/** One process's reading of it. */
export class GenerationReader {
  readonly #topic: GenerationTopic;
  readonly #histories = new Map<string, GenerationHistory>();
  readonly #listeners: ((slug: string) => void)[] = [];
  #read = -1;

  constructor(topic: GenerationTopic) {
    this.#topic = topic;
  }

  get isBehind(): boolean {
    return this.#read < this.#topic.steps.length - 1;
  }

  of(slug: string): GenerationHistory {
    let history = this.#histories.get(slug);
    if (!history) {
      history = new GenerationHistory();
      this.#histories.set(slug, history);
    }
    return history;
  }

  readTo(offset: number): void {
    while (this.#read < offset) {
      this.#read += 1;
      const change = this.#topic.steps[this.#read] as GenerationChange;
      this.of(change.slug).take(this.#read, change);
      for (const listener of this.#listeners) listener(change.slug);
    }
  }

  onChange(listener: (slug: string) => void): void {
    this.#listeners.push(listener);
  }

  readAll(): void {
    this.readTo(this.#topic.steps.length - 1);
  }
}

/** The topic as the product sees it, its calls being effects of a line. */
export function viewOf(
  topic: GenerationTopic,
  reader: GenerationReader,
  { scheduler, line }: { scheduler: Scheduler; line: Line },
): GenerationsView {
  return {
    of: (slug) => reader.of(slug),
    onChange: (listener) => reader.onChange(listener),
    refresh: () => scheduler.effect(line, 'generations', () => reader.readAll()),
    append: async (change) => {
      const offset = await scheduler.effect(line, 'step', () => topic.append(change));
      await scheduler.effect(line, 'generations', () => reader.readTo(offset));
      return offset;
    },
  };
}
