// The certificates that PayPal signs webhooks with: fetched from PayPal's own hosts alone, and believed only with a chain to a root we trust.
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { call, type Patience } from './http.ts';
import { ProviderUnknown } from './provider.ts';

export type CertificateTrust = {
  /** "host" or "host:port" of addresses that certificates may come from. */
  readonly hosts: readonly string[];
  /** Name that the certificate must have, or a suffix of it beginning with a dot. */
  readonly name: string;
  /** PEM of roots instead of the public ones; null for those. */
  readonly roots: string | null;
};

const pathPattern = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/;
const keptMs = 12 * 3_600_000;
const keptMax = 20;
const chainMax = 5;
/** Anyone can post an address: so many are asked for at once, and one at which there was nothing not again for a while. */
const fetchesMax = 4;
const missedMs = 60_000;

export class PayPalCertificates {
  readonly #trust: CertificateTrust;
  readonly #patience: Patience;
  readonly #kept = new LRUCache<string, X509Certificate[]>({ max: keptMax, ttl: keptMs });
  readonly #missed = new LRUCache<string, true>({ max: 1_000, ttl: missedMs });
  readonly #fetching = new Map<string, Promise<X509Certificate[]>>();

  constructor(trust: CertificateTrust, patience: Patience) {
    this.#trust = trust;
    this.#patience = patience;
  }

  /** The certificate at an address, or null if it is not to be believed. @throws ProviderUnknown if it cannot be fetched */
  async at(address: string, now: number): Promise<X509Certificate | null> {
    if (!this.#isPayPals(address)) return null;
    const chain = this.#kept.get(address) ?? (await this.#fetched(address));
    const [leaf] = chain;
    return leaf && this.#isNamed(leaf) && isTrusted(chain, this.#roots(), now) ? leaf : null;
  }

  /** Many webhooks of one certificate wait for one answer. */
  #fetched(address: string): Promise<X509Certificate[]> {
    if (this.#missed.has(address)) return Promise.resolve([]);
    const underWay = this.#fetching.get(address);
    if (underWay) return underWay;
    if (this.#fetching.size >= fetchesMax) throw new ProviderUnknown('busy', 'too many certificates are asked for');
    const fetching = this.#fetch(address).finally(() => this.#fetching.delete(address));
    this.#fetching.set(address, fetching);
    return fetching;
  }

  async #fetch(address: string): Promise<X509Certificate[]> {
    const answer = await call({ url: address, method: 'GET', headers: {} }, this.#patience);
    const chain = answer.status === 200 ? certificatesIn(answer.text) : [];
    if (chain.length > 0) this.#kept.set(address, chain);
    else this.#missed.set(address, true);
    return chain;
  }

  #isPayPals(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host, hostname, pathname, username, password, search, hash } = new URL(address);
    const isSecure = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
    return (
      isSecure &&
      username === '' &&
      password === '' &&
      search === '' &&
      hash === '' &&
      pathPattern.test(pathname) &&
      this.#trust.hosts.includes(host)
    );
  }

  #isNamed(leaf: X509Certificate): boolean {
    const { name } = this.#trust;
    const common = /(?:^|\n)CN=([^\n]+)/.exec(leaf.subject)?.[1] ?? '';
    return common === name || (name.startsWith('.') && common.endsWith(name));
  }

  #roots(): readonly string[] {
    return this.#trust.roots === null ? rootCertificates : pemsIn(this.#trust.roots);
  }
}

const pemsIn = (text: string): string[] =>
  text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)?.slice(0, 200) ?? [];

function certificatesIn(text: string): X509Certificate[] {
  try {
    return pemsIn(text)
      .slice(0, chainMax)
      .map((pem) => new X509Certificate(pem));
  } catch {
    return [];
  }
}

const isIssued = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const isCurrent = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);

/** From the leaf on each is issued by the next, which is an authority, and the last by a root. */
function isTrusted(chain: readonly X509Certificate[], roots: readonly string[], now: number): boolean {
  let current = chain[0] as X509Certificate;
  if (!isCurrent(current, now)) return false;
  for (const next of chain.slice(1)) {
    if (!next.ca || !isIssued(current, next)) break;
    if (!isCurrent(next, now)) return false;
    current = next;
  }
  return roots.some((pem) => {
    const root = new X509Certificate(pem);
    return root.fingerprint256 === current.fingerprint256 || (isIssued(current, root) && isCurrent(root, now));
  });
}
