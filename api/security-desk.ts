// Issues and revokes certificates: signs, publishes, and answers once this instance itself has read it back from the log.
import type { Authority, Issued, Wanted } from '../infra/authority/authority.ts';
import { CompromisedKey } from '../infra/authority/requests.ts';
import type { Publisher } from '../producers/publish.ts';
import type { CertificateEntry, CertificateFilter } from '../projections/certificate-book.ts';
import type { Certificates } from '../projections/certificates.ts';
import type { RevocationReason } from '../schemas/security.ts';
import { RevocationList, type SignedList } from './revocation-list.ts';
import { Unavailable } from './unavailable.ts';

export type SecurityDeskNeeds = {
  readonly authority: Authority;
  readonly certificates: Certificates;
  /** Null while it is not connected. */
  readonly publisher: () => Publisher | null;
  /** Names are in it. */
  readonly domain: string;
  /** The API's own common name. */
  readonly serverName: string;
  readonly isDemo: boolean;
  readonly crlMs: number;
  readonly now: () => number;
};

/** Who asks, and in which request. */
export type Asker = { readonly actorId: string; readonly requestId: string };
export type Recorded = { readonly token: string };
export type Revocation = Recorded & { readonly entry: CertificateEntry; readonly isFirst: boolean };

export class SecurityDesk {
  readonly #needs: SecurityDeskNeeds;
  readonly #list: RevocationList;

  constructor(needs: SecurityDeskNeeds) {
    const { authority, certificates, crlMs, now } = needs;
    this.#needs = needs;
    this.#list = new RevocationList({ authority, book: certificates.book, crlMs, now });
  }

  get rules(): Pick<SecurityDeskNeeds, 'domain' | 'serverName' | 'isDemo'> {
    return this.#needs;
  }

  get authority(): Pick<Authority, 'rootPem' | 'intermediatePem' | 'rootCrl'> {
    return this.#needs.authority;
  }

  /**
   * A certificate that is in the log before anybody has it; what it replaces is marked.
   * @throws BadRequest, CompromisedKey, TooManyKeys, PublishUnavailable
   */
  async issue(wanted: Wanted, asker: Asker, replaces?: string): Promise<Issued & Recorded> {
    const { book } = this.#needs.certificates;
    const issued = await this.#needs.authority.issue(wanted, (keyId) => book.isCompromised(keyId));
    const { certificatePem: _pem, privateKeyPem: _key, keyId, ...known } = issued;
    const { serialNumber } = issued;
    const { token } = await this.#record({ kind: 'issued', ...known }, asker);
    // Another instance may have revoked for this key in between: up to here all that came before is known.
    if (book.isCompromised(keyId)) {
      await this.#record({ kind: 'revoked', serialNumber, reason: 'key_compromise' }, asker);
      throw new CompromisedKey();
    }
    if (replaces !== undefined)
      await this.#record({ kind: 'rotated', serialNumber: replaces, replacedBy: serialNumber }, asker);
    return { ...issued, token };
  }

  /** @returns what counts now: of two who revoke at once one is the first */
  async revoke(serialNumber: string, reason: RevocationReason, asker: Asker): Promise<Revocation> {
    const { token, offset } = await this.#record({ kind: 'revoked', serialNumber, reason }, asker);
    const entry = this.#needs.certificates.book.find(serialNumber) as CertificateEntry;
    return { token, entry, isFirst: entry.revoked?.offset === offset };
  }

  /** Null also after all that is in the log has been read: another instance may have issued it a moment ago. */
  async find(serialNumber: string): Promise<CertificateEntry | null> {
    const { certificates } = this.#needs;
    const known = certificates.book.find(serialNumber);
    if (known) return known;
    await certificates.caughtUp();
    return certificates.book.find(serialNumber);
  }

  page(filter: CertificateFilter, limit: number): CertificateEntry[] {
    return this.#needs.certificates.book.page(filter, limit, this.#needs.now());
  }

  crl(): Promise<SignedList> {
    return this.#list.current();
  }

  async #record(change: Readonly<Record<string, unknown>>, asker: Asker): Promise<Recorded & { offset: number }> {
    const publisher = this.#needs.publisher();
    if (!publisher) throw new Unavailable('kafka', 'still connecting to kafka');
    const { actorId, requestId } = asker;
    const event = { ...blank, ...change, actorId, correlationId: requestId, source: 'security' };
    const { token, offset } = await publisher.publish('certificates', event);
    // It is in the log, but whether it counts is known when it has come back from there.
    await this.#needs.certificates.waitFor(offset).catch(() => {
      throw new Unavailable('kafka', 'this is in the log, but not read back yet: look it up before repeating it');
    });
    return { token, offset };
  }
}

/** A record has every field. */
const blank = {
  ...{ serviceName: null, commonName: null, keyType: null, fingerprint: null, notBefore: null, notAfter: null },
  ...{ issuedBy: null, certificate: null, replacedBy: null, reason: null },
};
