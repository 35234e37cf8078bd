// The certificates that PayPal signs webhooks with: fetched from PayPal's own hosts alone, and believed only with a chain to a root we trust.
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { LRUCache } from 'lru-cache';
import { call, type Patience } from './http.ts';

export type CertificateTrust = {
  /** "host" or "host:port" of addresses that certificates may come from. */
  readonly hosts: readonly string[];
  /** Name that the certificate must have, or a suffix of it beginning with a dot. */
  readonly name: string;
  /** PEM of roots instead of the public ones; null for those. */
  readonly roots: string | null;
};

const pathPrefix = '/v1/notifications/certs/';
const keptMs = 12 * 3_600_000;
const keptMax = 20;
const chainMax = 5;

export class PayPalCertificates {
  readonly #trust: CertificateTrust;
  readonly #patience: Patience;
  readonly #kept = new LRUCache<string, X509Certificate[]>({ max: keptMax, ttl: keptMs });

  constructor(trust: CertificateTrust, patience: Patience) {
    this.#trust = trust;
    this.#patience = patience;
  }

  /** The certificate at an address, or null if it is not to be believed. @throws ProviderUnknown if it cannot be fetched */
  async at(address: string, now: number): Promise<X509Certificate | null> {
    if (!this.#isPayPals(address)) return null;
    let chain = this.#kept.get(address);
    if (!chain) {
      const answer = await call({ url: address, method: 'GET', headers: {} }, this.#patience);
      if (answer.status !== 200) return null;
      chain = certificatesIn(answer.text);
      if (chain.length === 0) return null;
      this.#kept.set(address, chain);
    }
    const [leaf] = chain;
    return leaf && this.#isNamed(leaf) && isTrusted(chain, this.#roots(), now) ? leaf : null;
  }

  #isPayPals(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host, hostname, pathname, username, password } = new URL(address);
    const isSecure = protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');
    return (
      isSecure &&
      username === '' &&
      password === '' &&
      pathname.startsWith(pathPrefix) &&
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
