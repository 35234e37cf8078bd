// Signs lists of revoked certificates (CRL, RFC 5280): a number that only grows, when the next comes, each entry with its reason.
import { type Key, x509 } from './x509.ts';

export type RevokedEntry = {
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly revokedAt: number;
  /** Code of RFC 5280; 0, which says nothing, is left out. */
  readonly reasonCode: number;
};

export type CrlContent = {
  readonly number: bigint;
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly entries: readonly RevokedEntry[];
};

const crlNumberId = '2.5.29.20';
const dayMs = 86_400_000;

export async function signCrl(
  issuer: x509.X509Certificate,
  { key, algorithm }: { readonly key: Key; readonly algorithm: { readonly name: string; readonly hash: string } },
  { number, thisUpdate, nextUpdate, entries }: CrlContent,
): Promise<Buffer> {
  const crl = await x509.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: new Date(thisUpdate),
    nextUpdate: new Date(nextUpdate),
    signingAlgorithm: algorithm,
    signingKey: key as never,
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new x509.Extension(crlNumberId, false, derInteger(number)),
    ],
    entries: entries.map(({ serialNumber, revokedAt, reasonCode }) => ({
      serialNumber,
      revocationDate: new Date(revokedAt),
      ...(reasonCode !== 0 && { reason: reasonCode as x509.X509CrlReason }),
    })),
  });
  return Buffer.from(crl.rawData);
}

/** The root's own list: it is signed rarely, and holds no intermediate. */
export const rootCrlContent = (now: number): CrlContent => ({
  number: BigInt(Math.floor(now / 1_000)),
  thisUpdate: now,
  nextUpdate: now + 365 * dayMs,
  entries: [],
});

function derInteger(value: bigint): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  const positive = (bytes[0] as number) >= 0x80 ? [0, ...bytes] : [...bytes];
  return Uint8Array.from([0x02, positive.length, ...positive]);
}
