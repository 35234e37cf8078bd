// A certificate that is always good: obtained at the start, and anew at two thirds of its life, again and again until it works.
import type { Log } from '../log.ts';

/** All PEM. */
export type Identity = {
  readonly key: string;
  /** The certificate, then the intermediate. */
  readonly cert: string;
  /** The root. */
  readonly ca: string;
  readonly serialNumber: string;
  readonly notAfter: number;
};

export type KeptCertificateOptions = {
  /** @param replaces serial number of the one before */
  readonly obtain: (replaces?: string) => Promise<Identity>;
  readonly onNew: (identity: Identity) => void;
  readonly log: Log;
  readonly now: () => number;
};

/** Part of the life after which it is replaced. */
const renewAt = 2 / 3;
const retryMs = { first: 500, max: 60_000 };
/** Longer waits than this overflow a timer, and are taken in steps. */
const timerMsMax = 2 ** 31 - 1;

export class KeptCertificate {
  readonly #options: KeptCertificateOptions;
  #current: Identity | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #retryMs = retryMs.first;

  constructor(options: KeptCertificateOptions) {
    this.#options = options;
  }

  get current(): Identity | null {
    return this.#current;
  }

  /** Resolves with the first one. @throws if it cannot be had; it may be called again */
  start(): Promise<Identity> {
    return this.#renew();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #renew(): Promise<Identity> {
    const { obtain, onNew, now } = this.#options;
    const before = this.#current;
    const identity = await obtain(before?.serialNumber);
    this.#current = identity;
    this.#retryMs = retryMs.first;
    onNew(identity);
    this.#plan(now() + (identity.notAfter - now()) * renewAt);
    return identity;
  }

  #plan(at: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const wait = Math.max(0, at - this.#options.now());
    const isFar = wait > timerMsMax;
    const then = () => (isFar ? this.#plan(at) : void this.#tryToRenew());
    this.#timer = setTimeout(then, Math.min(wait, timerMsMax)).unref();
  }

  async #tryToRenew(): Promise<void> {
    try {
      await this.#renew();
    } catch (error) {
      const { log, now } = this.#options;
      log.warn(`the certificate ${this.#current?.serialNumber} is not renewed yet: ${(error as Error).message}`);
      this.#plan(now() + this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, retryMs.max);
    }
  }
}
