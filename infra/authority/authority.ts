// The certificate authority: signs certificates of services and the list of revoked ones; its keys never leave it.
import { createHash, type KeyObject } from 'node:crypto';
import { type KeyType, spiffeId } from '../../schemas/security.ts';
import { type CrlContent, signCrl } from './crl.ts';
import { type AuthorityFiles, lives, openFolder } from './folder.ts';
import { keyIdOf } from './key-id.ts';
import { ReadyKeys } from './ready-keys.ts';
import { CompromisedKey, keyOfRequest, type RequestedKey } from './requests.ts';
import { curves, newSerial, pemOf, x509 } from './x509.ts';

export type AuthorityOptions = {
  readonly folder: string;
  /** Life of a certificate in ms. */
  readonly lifeMs: number;
  /** Where the CRL can be fetched; named in every certificate. */
  readonly crlUrl: string;
  readonly now: () => number;
  /** How many RSA keys are made ahead of need. */
  readonly keysReadyMax: number;
};

export type Wanted = { readonly serviceName: string; readonly commonName: string } & (
  | { readonly csr: string }
  | { readonly keyType: KeyType }
);

export type Issued = {
  readonly serialNumber: string;
  readonly serviceName: string;
  readonly commonName: string;
  readonly keyType: string;
  /** SHA-256 of the certificate, hexadecimal. */
  readonly fingerprint: string;
  readonly keyId: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Serial number of the intermediate. */
  readonly issuedBy: string;
  readonly certificate: Buffer;
  readonly certificatePem: string;
  /** Null where the caller has the key. It is kept nowhere. */
  readonly privateKeyPem: string | null;
};

export class Authority {
  readonly #options: AuthorityOptions;
  readonly #files: AuthorityFiles;
  readonly #keys: ReadyKeys;
  readonly #authorityKey: x509.Extension;

  private constructor(options: AuthorityOptions, files: AuthorityFiles, authorityKey: x509.Extension) {
    this.#options = options;
    this.#files = files;
    this.#authorityKey = authorityKey;
    this.#keys = new ReadyKeys(options.keysReadyMax);
    void this.#keys.fill();
  }

  /** Reads the authority of a folder, or makes it. @throws if its files are not as they must be */
  static async open(options: AuthorityOptions): Promise<Authority> {
    const files = await openFolder(options.folder, options.now());
    const authorityKey = await x509.AuthorityKeyIdentifierExtension.create(files.intermediate.publicKey);
    return new Authority(options, files, authorityKey);
  }

  get rootPem(): string {
    return pemOf('CERTIFICATE', this.#files.root.rawData);
  }

  /** What a holder sends along with its own certificate. */
  get intermediatePem(): string {
    return pemOf('CERTIFICATE', this.#files.intermediate.rawData);
  }

  get rootCrl(): Buffer {
    return this.#files.rootCrlDer;
  }

  /** After this nothing can be issued: a certificate does not outlive the one that signed it. */
  get endsAt(): number {
    return this.#files.intermediate.notAfter.getTime();
  }

  /**
   * @param isCompromised by the id of a key: for such a one nothing is signed
   * @throws BadRequest, CompromisedKey, TooManyKeys
   */
  async issue(wanted: Wanted, isCompromised: (keyId: string) => boolean = () => false): Promise<Issued> {
    const { publicKey, privateKey, keyType } = await this.#keysFor(wanted);
    const keyId = keyIdOf(publicKey);
    if (isCompromised(keyId)) throw new CompromisedKey();
    const { serviceName, commonName } = wanted;
    const serialNumber = newSerial();
    const now = this.#options.now();
    const notBefore = wholeSeconds(now - lives.backdated);
    const notAfter = wholeSeconds(Math.min(now + this.#options.lifeMs, this.endsAt));
    const spki = new x509.PublicKey(publicKey.export({ type: 'spki', format: 'der' }));
    const { intermediate, intermediateKey } = this.#files;
    const certificate = await x509.X509CertificateGenerator.create({
      ...{ serialNumber, subject: [{ CN: [commonName] }, { O: ['PROFITHACK'] }], issuer: intermediate.subject },
      ...{ notBefore: new Date(notBefore), notAfter: new Date(notAfter) },
      ...{ publicKey: spki, signingKey: intermediateKey as never, signingAlgorithm: curves.intermediate },
      extensions: await this.#extensions({
        serviceName,
        commonName,
        spki,
        isRsa: publicKey.asymmetricKeyType === 'rsa',
      }),
    });
    const der = Buffer.from(certificate.rawData);
    return {
      ...{ serialNumber, serviceName, commonName, keyType, keyId, notBefore, notAfter },
      fingerprint: createHash('sha256').update(der).digest('hex'),
      issuedBy: intermediate.serialNumber,
      certificate: der,
      certificatePem: pemOf('CERTIFICATE', der),
      privateKeyPem: privateKey && String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    };
  }

  /** The list of revoked certificates, DER. */
  signCrl(content: CrlContent): Promise<Buffer> {
    const { intermediate, intermediateKey } = this.#files;
    return signCrl(intermediate, { key: intermediateKey, algorithm: curves.intermediate }, content);
  }

  stop(): void {
    this.#keys.stop();
  }

  /** The caller's own, as its request proves, or a pair that is made for it. */
  async #keysFor(wanted: Wanted): Promise<RequestedKey & { readonly privateKey: KeyObject | null }> {
    if ('csr' in wanted) return { ...(await keyOfRequest(wanted.csr)), privateKey: null };
    return { ...(await this.#keys.take(wanted.keyType)), keyType: wanted.keyType };
  }

  async #extensions(about: {
    readonly serviceName: string;
    readonly commonName: string;
    readonly spki: x509.PublicKey;
    readonly isRsa: boolean;
  }): Promise<x509.Extension[]> {
    const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
    const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
    return [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(about.isRsa ? digitalSignature | keyEncipherment : digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: about.commonName },
        { type: 'url', value: spiffeId(about.serviceName) },
      ]),
      await x509.SubjectKeyIdentifierExtension.create(about.spki),
      this.#authorityKey,
      new x509.CRLDistributionPointsExtension([this.#options.crlUrl]),
    ];
  }
}

/** Certificates know no parts of a second. */
const wholeSeconds = (ms: number) => Math.floor(ms / 1_000) * 1_000;
