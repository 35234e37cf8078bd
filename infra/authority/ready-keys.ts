// Private keys for callers: RSA keys, which take a tenth of a second each, are made ahead of need on a thread; P-256 keys at once.
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyType } from '../../schemas/security.ts';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const generate = promisify(generateKeyPair);

/** Who finds none waits for one that is made for them; more than so many do not wait. */
const makingMax = 32;

export class TooManyKeys extends Error {
  override readonly name = 'TooManyKeys';
}

export class ReadyKeys {
  readonly #ready: KeyPair[] = [];
  readonly #readyMax: number;
  #filling: Promise<void> | null = null;
  #making = 0;
  #isStopped = false;

  /** @param max so many wait at most, in memory alone, each to be handed out once; 0 makes every key when it is asked for */
  constructor(max: number) {
    this.#readyMax = max;
  }

  /** Resolves once the stock is full. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  /** @throws TooManyKeys */
  async take(type: KeyType): Promise<KeyPair> {
    if (type === 'ECDSA_P256') return generate('ec', { namedCurve: 'P-256' });
    const ready = this.#ready.pop();
    if (ready) {
      void this.fill();
      return ready;
    }
    if (this.#making >= makingMax) throw new TooManyKeys('too many RSA keys are being made');
    this.#making += 1;
    try {
      return await rsa();
    } finally {
      this.#making -= 1;
      if (!this.#isStopped) void this.fill();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#ready.length = 0;
  }

  /** One at a time, on one thread of Node's pool: the others stay free for files and names. */
  async #fill(): Promise<void> {
    while (this.#ready.length < this.#readyMax && !this.#isStopped) this.#ready.push(await rsa());
  }
}

const rsa = () => generate('rsa', { modulusLength: 2_048 });
