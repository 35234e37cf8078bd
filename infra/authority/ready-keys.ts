// Private keys for callers: RSA keys, which take a tenth of a second each, are made ahead of need on a thread; P-256 keys at once.
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyType } from '../../schemas/security.ts';

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const generate = promisify(generateKeyPair);

/** Who finds none waits for one that is made for them; more than so many do not wait. */
const makingMax = 32;
/** So long after the last key was taken others are made. */
const restMs = 100;

export class TooManyKeys extends Error {
  override readonly name = 'TooManyKeys';
}

export class ReadyKeys {
  readonly #ready: KeyPair[] = [];
  readonly #readyMax: number;
  #filling: Promise<void> | null = null;
  #making = 0;
  #soon: NodeJS.Timeout | undefined;
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
      this.#fillSoon();
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
    clearTimeout(this.#soon);
    this.#ready.length = 0;
  }

  /** A key in the making slows down the certificate that is being signed beside it: while some are left, that one comes first. */
  #fillSoon(): void {
    clearTimeout(this.#soon);
    if (this.#ready.length < this.#readyMax / 4) void this.fill();
    else this.#soon = setTimeout(() => void this.fill(), restMs).unref();
  }

  /** One at a time, on one thread of Node's pool: the others stay free for files and names. */
  async #fill(): Promise<void> {
    while (this.#ready.length < this.#readyMax && !this.#isStopped) this.#ready.push(await rsa());
  }
}

const rsa = () => generate('rsa', { modulusLength: 2_048 });
