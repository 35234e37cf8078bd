// What tells one key from another however it is written: of an RSA key the modulus, of a P-256 key the x coordinate.
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';

/** The other exponent, the mirrored or the compressed point: who has the private key of one has that of the other. */
export function keyIdOf(publicKey: KeyObject): string {
  const { kty, n, x } = publicKey.export({ format: 'jwk' });
  return createHash('sha256')
    .update(`${kty}:${n ?? x}`)
    .digest('base64url');
}

/** @param certificate DER; null if it is none */
export function keyIdIn(certificate: Uint8Array): string | null {
  try {
    return keyIdOf(new X509Certificate(certificate).publicKey);
  } catch {
    return null;
  }
}
