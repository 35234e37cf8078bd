// Reads what dating has committed of one user: the profile as it stands, and the latest matches.
import type { Dating } from '../processors/dating/domain.ts';
import type { StateReader } from './state-reader.ts';

export class DatingReader {
  readonly #states: StateReader;

  constructor(states: StateReader) {
    this.#states = states;
  }

  /** Null for somebody who has never done anything. */
  user(userId: string): Promise<Dating | null> {
    return this.#states.state<Dating>('dating', 'user_activity', userId);
  }
}
