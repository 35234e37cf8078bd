// The keys that access tokens are signed and verified with: the environment's, or in demo mode one that this machine's instances share.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import type { IdentityConfig } from '../../infra/config.ts';
import { sharedKey } from '../../infra/key-file.ts';
import { howToMakeKey, identityRefusal } from '../../infra/start-rules.mjs';
import { StartRefused } from '../start-refused.ts';

export type SigningKeys = {
  readonly signing: { readonly id: string; readonly key: KeyObject };
  /** By key id: the signing key's own, and those before it. */
  readonly verifying: ReadonlyMap<string, KeyObject>;
  /** As GET /api/auth/jwks.json shows them. */
  readonly published: readonly JWK[];
};

export const algorithm = 'ES256';
const pemBlock = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** @throws StartRefused */
export function privatePemOf(identity: IdentityConfig): string {
  const refusal = identityRefusal(identity);
  if (refusal) throw new StartRefused(refusal);
  return identity.privateKey ?? sharedKey(identity.keyFolder);
}

/** @throws StartRefused */
export async function signingKeysOf(config: IdentityConfig): Promise<SigningKeys> {
  const key = readKey('AUTH_PRIVATE_KEY', () => createPrivateKey(privatePemOf(config)));
  const blocks = config.previousPublicKeys.match(pemBlock) ?? [];
  if (config.previousPublicKeys && blocks.length === 0)
    throw new StartRefused('AUTH_PREVIOUS_PUBLIC_KEYS holds no PEM of a public key');
  const previous = blocks.map((pem) => readKey('AUTH_PREVIOUS_PUBLIC_KEYS', () => createPublicKey(pem)));
  const published = await Promise.all([createPublicKey(key), ...previous].map(shown));
  const verifying = new Map([createPublicKey(key), ...previous].map((each, n) => [published[n]?.kid ?? '', each]));
  return { signing: { id: published[0]?.kid ?? '', key }, verifying, published };
}

async function shown(key: KeyObject): Promise<JWK> {
  const jwk = await exportJWK(key);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: algorithm };
}

function readKey(name: string, read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (error) {
    if (error instanceof StartRefused) throw error;
  }
  throw new StartRefused(`${name} must hold the PEM of an EC key on P-256, as "${howToMakeKey}" makes it`);
}
