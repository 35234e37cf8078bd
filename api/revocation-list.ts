// The list of revoked certificates (CRL) as of now: the same content and number on every instance, signed once per content.
import type { Authority } from '../infra/authority/authority.ts';
import type { CertificateBook } from '../projections/certificate-book.ts';
import { revocationReasons } from '../schemas/security.ts';

export type SignedList = {
  readonly der: Buffer;
  /** Grows with every revocation and with time. */
  readonly number: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly revoked: number;
};

export type RevocationListNeeds = {
  readonly authority: Pick<Authority, 'signCrl'>;
  readonly book: CertificateBook;
  /** A list holds for so long, and a new one is made at half of it. */
  readonly crlMs: number;
  readonly now: () => number;
};

const minuteMs = 60_000;
/** More minutes than there will be until 2097; the rest of 53 bits is for offsets. */
const minutesMax = 2 ** 26;

export class RevocationList {
  readonly #needs: RevocationListNeeds;
  #signed: { readonly number: number; readonly list: Promise<SignedList> } | null = null;

  constructor(needs: RevocationListNeeds) {
    this.#needs = needs;
  }

  /** The order of the log and the time decide the number, so that instances agree and none ever goes back. */
  current(): Promise<SignedList> {
    const { book, crlMs, now } = this.#needs;
    const half = Math.max(minuteMs, Math.floor(crlMs / 2 / minuteMs) * minuteMs);
    const since = Math.floor(now() / half) * half;
    const number = (book.lastRevoked.offset + 1) * minutesMax + since / minuteMs;
    if (this.#signed?.number !== number) {
      const list = this.#sign(number, since);
      this.#signed = { number, list };
      list.catch(() => {
        this.#signed = null;
      });
    }
    return this.#signed.list;
  }

  async #sign(number: number, since: number): Promise<SignedList> {
    const { authority, book, crlMs, now } = this.#needs;
    const entries = book.revokedAt(since, crlMs).flatMap(({ serialNumber, revoked }) => {
      if (!revoked) return [];
      return [{ serialNumber, revokedAt: revoked.at, reasonCode: revocationReasons[revoked.reason] ?? 0 }];
    });
    const thisUpdate = Math.min(now(), Math.max(since, book.lastRevoked.at));
    const nextUpdate = since + crlMs;
    const der = await authority.signCrl({ number: BigInt(number), thisUpdate, nextUpdate, entries });
    return { der, number, thisUpdate, nextUpdate, revoked: entries.length };
  }
}
