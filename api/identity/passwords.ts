// Hashes and checks passwords with Argon2id, few at a time: each takes 19 MiB and a thread that the rest of the process needs too.
import { type Algorithm, hash, type Options, verify } from '@node-rs/argon2';
import { Refusal } from '../problems.ts';

/** OWASP's first choice; the parameters stand in each hash, so they may be raised later. */
const owaspCost = {
  algorithm: 2 satisfies Algorithm.Argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;
/** One of Node's four threads stays free: it verifies signatures. */
const atOnceMax = 3;
const waitingMax = 100;

/** The same letters typed on another keyboard are the same password. */
const plain = (password: string): string => password.normalize('NFKC');

export class Passwords {
  readonly #cost: Options;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #nobodys: Promise<string> | null = null;

  constructor(cost: Options = owaspCost) {
    this.#cost = cost;
  }

  hash(password: string): Promise<string | Refusal> {
    return this.#inTurn(() => hash(plain(password), this.#cost));
  }

  /** @param hashed null where there is no such account: it takes as long to say so */
  matches(hashed: string | null, password: string): Promise<boolean | Refusal> {
    return this.#inTurn(async () => {
      this.#nobodys ??= hash('nobody has this password', this.#cost);
      const isRight = await verify(hashed ?? (await this.#nobodys), plain(password));
      return hashed !== null && isRight;
    });
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result | Refusal> {
    if (this.#running >= atOnceMax) {
      if (this.#waiting.length >= waitingMax) return new Refusal('overloaded', 'too many passwords wait to be checked');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
