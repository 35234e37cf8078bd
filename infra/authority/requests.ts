// Reads a certificate request (CSR, PKCS #10): proves that its sender has the key, takes the key and believes nothing else of it.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { x509 } from './x509.ts';

export class BadRequest extends Error {
  override readonly name = 'BadRequest';
}

/** Of a request that is as it must be, for a key that others may have. */
export class CompromisedKey extends Error {
  override readonly name = 'CompromisedKey';

  constructor() {
    super('csr has a key that a certificate was revoked for as compromised: make another key');
  }
}

export type RequestedKey = { readonly publicKey: KeyObject; readonly keyType: string };

export const csrCharactersMax = 16_384;
const rsaBits = { min: 2_048, max: 4_096 };
const pem =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----\s[A-Za-z0-9+/=\s]+-----END (NEW )?CERTIFICATE REQUEST-----\s*$/;

/**
 * @param text PEM, or the base64 of the PEM
 * @throws BadRequest, saying what is wrong
 */
export async function keyOfRequest(text: string): Promise<RequestedKey> {
  const request = parsed(text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString('latin1'));
  const publicKey = readKey(request);
  const keyType = acceptedType(publicKey);
  if (request.signatureAlgorithm.hash?.name === 'SHA-1')
    throw new BadRequest('csr is signed with SHA-1, which proves nothing any more');
  const isProven = await request.verify().catch(() => false);
  if (!isProven) throw new BadRequest('csr is not signed with its own key');
  return { publicKey, keyType };
}

function parsed(text: string): x509.Pkcs10CertificateRequest {
  if (!pem.test(text)) throw new BadRequest('csr must be one certificate request in PEM, or the base64 of it');
  try {
    return new x509.Pkcs10CertificateRequest(text.trim());
  } catch {
    throw new BadRequest('csr is no PKCS #10 certificate request');
  }
}

function readKey(request: x509.Pkcs10CertificateRequest): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
  } catch {
    throw new BadRequest('csr has a public key that cannot be read');
  }
}

function acceptedType({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ECDSA_P256';
  if (type !== 'rsa') throw new BadRequest('csr must have an RSA or a P-256 key');
  const bits = details?.modulusLength ?? 0;
  if (bits < rsaBits.min || bits > rsaBits.max)
    throw new BadRequest(`csr has an RSA key of ${bits} bits; ${rsaBits.min} to ${rsaBits.max} are accepted`);
  if ((details?.publicExponent ?? 0n) < 65_537n) throw new BadRequest('csr has an RSA key with a small exponent');
  return `RSA_${bits}`;
}
