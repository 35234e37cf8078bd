// A service's side of mutual TLS: has a certificate, keeps it renewed, and gives gRPC clients credentials that follow it.
import { type ChannelCredentials, type experimental, experimental as grpcExperimental } from '@grpc/grpc-js';
import type { KeyType } from '../../schemas/security.ts';
import type { Log } from '../log.ts';
import { type Identity, KeptCertificate } from './kept-certificate.ts';

export type MtlsClientOptions = {
  /** Asks the authority for a certificate, in the place of an earlier one. */
  readonly obtain: (replaces?: string) => Promise<Identity>;
  readonly log: Log;
  readonly now?: () => number;
};

type IdentityListener = Parameters<experimental.CertificateProvider['addIdentityCertificateListener']>[0];
type RootListener = Parameters<experimental.CertificateProvider['addCaCertificateListener']>[0];

export class MtlsClient implements experimental.CertificateProvider {
  readonly #kept: KeptCertificate;
  readonly #identityListeners = new Set<IdentityListener>();
  readonly #rootListeners = new Set<RootListener>();

  constructor({ obtain, log, now = Date.now }: MtlsClientOptions) {
    this.#kept = new KeptCertificate({ obtain, log, now, onNew: () => this.#tell() });
  }

  /** Resolves when there is a certificate. */
  async start(): Promise<Identity> {
    return this.#kept.start();
  }

  get current(): Identity | null {
    return this.#kept.current;
  }

  stop(): void {
    this.#kept.stop();
  }

  /** New connections show the newest certificate; those that are open live on, until the server ends them for their age. */
  credentials(): ChannelCredentials {
    return grpcExperimental.createCertificateProviderChannelCredentials(this, this);
  }

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.add(listener);
    if (this.#kept.current) listener(identityUpdate(this.#kept.current));
  }

  removeIdentityCertificateListener(listener: IdentityListener): void {
    this.#identityListeners.delete(listener);
  }

  addCaCertificateListener(listener: RootListener): void {
    this.#rootListeners.add(listener);
    if (this.#kept.current) listener(rootUpdate(this.#kept.current));
  }

  removeCaCertificateListener(listener: RootListener): void {
    this.#rootListeners.delete(listener);
  }

  #tell(): void {
    const identity = this.#kept.current as Identity;
    for (const listener of this.#identityListeners) listener(identityUpdate(identity));
    for (const listener of this.#rootListeners) listener(rootUpdate(identity));
  }
}

const identityUpdate = ({ cert, key }: Identity) => ({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) });
const rootUpdate = ({ ca }: Identity) => ({ caCertificate: Buffer.from(ca) });

export type Issuer = {
  /** Of the API. */
  readonly url: string;
  readonly serviceName: string;
  readonly commonName: string;
  readonly keyType?: KeyType;
  /** Value of the header: a token of an operator; in demo mode none is needed. */
  readonly authorization?: () => string;
};

const answerMsMax = 10_000;

/** Certificates over REST, which a service without one can reach: its TLS is the ingress's. */
export function issuedOverRest({ url, serviceName, commonName, keyType = 'ECDSA_P256', authorization }: Issuer) {
  return async (replaces?: string): Promise<Identity> => {
    const response = await fetch(`${url}/api/grpc/security/issue-cert`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization: authorization() }) },
      body: JSON.stringify({ service_name: serviceName, common_name: commonName, key_type: keyType, replaces }),
      signal: AbortSignal.timeout(answerMsMax),
    });
    const answer = (await response.json()) as Record<string, string>;
    if (!response.ok) throw new Error(`no certificate for ${serviceName}: ${response.status} ${answer.detail}`);
    return identityOf(answer);
  };
}

/** Of an answer of IssueCertificate. */
export function identityOf(answer: Readonly<Record<string, unknown>>): Identity {
  const pem = (name: string) => Buffer.from(String(answer[name]), 'base64').toString();
  const [intermediate = '', root = ''] = pem('chain_pem').split(/(?<=-----END CERTIFICATE-----\n)/);
  return {
    key: pem('private_key_pem'),
    cert: pem('certificate_pem') + intermediate,
    ca: root,
    serialNumber: String(answer.serial_number),
    notAfter: Date.parse(String(answer.not_after)),
  };
}
