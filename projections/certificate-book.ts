// Which certificates there are, and which of them are revoked, as a fold of the topic `certificates`. Pure.
import { keyIdIn } from '../infra/authority/key-id.ts';
import type { CertificateChange } from '../schemas/generated.ts';
import type { CertificateStatus, RevocationReason } from '../schemas/security.ts';

export type CertificateEntry = {
  readonly serialNumber: string;
  readonly serviceName: string;
  readonly commonName: string;
  readonly keyType: string;
  readonly fingerprint: string;
  /** As in infra/authority/key-id.ts; null of a certificate that cannot be read. */
  readonly keyId: string | null;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Place in the log and append time of its first record. */
  readonly offset: number;
  readonly issuedAt: number;
  readonly replacedBy: string | null;
  readonly revoked: Revoked | null;
};
export type Revoked = { readonly at: number; readonly offset: number; readonly reason: RevocationReason };

export type CertificateFilter = {
  readonly serviceName?: string;
  readonly commonName?: string;
  readonly status?: CertificateStatus;
  readonly expiresBefore?: number;
  /** Of an entry: only those before it. */
  readonly beforeOffset?: number;
};

/** A revoked certificate stays on the list for some lists after its end; nobody asks for others long. */
export const keptAfterEndMs = 86_400_000 * 8;

export const statusOf = ({ revoked, notAfter }: CertificateEntry, now: number): CertificateStatus => {
  if (revoked) return 'revoked';
  return notAfter <= now ? 'expired' : 'valid';
};

export class CertificateBook {
  /** In the order of the log. */
  readonly #entries = new Map<string, CertificateEntry>();
  /** Never forgotten, whatever the certificates of these keys came to. */
  readonly #compromised = new Set<string>();
  /** Of the last record that revoked anything; -1 while there is none. */
  lastRevoked: { readonly offset: number; readonly at: number } = { offset: -1, at: 0 };

  /** Takes the next record. @returns the serial number that it has revoked, or null */
  take(change: CertificateChange, offset: number, at: number): string | null {
    const { serialNumber } = change;
    const entry = this.#entries.get(serialNumber);
    if (change.kind === 'issued') {
      if (!entry) this.#entries.set(serialNumber, issuedBy(change, offset, at));
      return null;
    }
    // Of a certificate that ended long ago.
    if (!entry) return null;
    if (change.kind === 'rotated') {
      this.#entries.set(serialNumber, { ...entry, replacedBy: change.replacedBy });
      return null;
    }
    // The first one counts: instances that revoke at once agree on the reason.
    if (change.kind !== 'revoked' || entry.revoked) return null;
    const reason = change.reason as RevocationReason;
    this.#entries.set(serialNumber, { ...entry, revoked: { at, offset, reason } });
    this.lastRevoked = { offset, at };
    if (reason === 'key_compromise' && entry.keyId !== null) this.#compromised.add(entry.keyId);
    return serialNumber;
  }

  find(serialNumber: string): CertificateEntry | null {
    return this.#entries.get(serialNumber) ?? null;
  }

  /** Whether a certificate of this key was revoked because others may have the key. */
  isCompromised(keyId: string): boolean {
    return this.#compromised.has(keyId);
  }

  /** Newest first. */
  page(filter: CertificateFilter, limit: number, now: number): CertificateEntry[] {
    const found: CertificateEntry[] = [];
    for (const entry of [...this.#entries.values()].reverse()) {
      if (matches(entry, filter, now)) found.push(entry);
      if (found.length === limit) break;
    }
    return found;
  }

  /** Those that a list made at this time must have: revoked, and not ended long before. */
  revokedAt(time: number, keptMs: number): CertificateEntry[] {
    return [...this.#entries.values()].filter(({ revoked, notAfter }) => revoked && notAfter + keptMs > time);
  }

  /** Lets go of what has ended long ago. */
  forget(now: number): void {
    for (const [serialNumber, { notAfter }] of this.#entries)
      if (notAfter + keptAfterEndMs <= now) this.#entries.delete(serialNumber);
  }

  get size(): number {
    return this.#entries.size;
  }
}

function matches(entry: CertificateEntry, filter: CertificateFilter, now: number): boolean {
  const { serviceName, commonName, status, expiresBefore, beforeOffset } = filter;
  return (
    (beforeOffset === undefined || entry.offset < beforeOffset) &&
    (serviceName === undefined || entry.serviceName === serviceName) &&
    (commonName === undefined || entry.commonName === commonName) &&
    (status === undefined || statusOf(entry, now) === status) &&
    (expiresBefore === undefined || entry.notAfter < expiresBefore)
  );
}

type IssuedChange = Extract<CertificateChange, { kind: 'issued' }>;

function issuedBy(change: IssuedChange, offset: number, issuedAt: number): CertificateEntry {
  const { serialNumber, serviceName, commonName, keyType, fingerprint, notBefore, notAfter, certificate } = change;
  return {
    ...{ serialNumber, serviceName, commonName, keyType, fingerprint, notBefore, notAfter },
    ...{ keyId: keyIdIn(certificate), offset, issuedAt, replacedBy: null, revoked: null },
  };
}
