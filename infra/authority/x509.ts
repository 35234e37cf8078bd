// The X.509 library, set up to use Node's own cryptography; its dependencies need `Reflect` metadata before it is loaded.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);

export type Key = webcrypto.CryptoKey;

export const curves = {
  root: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  intermediate: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

/** Positive, 158 random bits: more than the 64 that browsers ask for, in no more than the 20 bytes of RFC 5280. */
export function newSerial(): string {
  const bytes = randomBytes(20);
  // The first bit would make it negative, a leading zero byte would be cut away.
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

export const pemOf = (tag: string, der: Uint8Array | ArrayBuffer): string =>
  `-----BEGIN ${tag}-----\n${(
    Buffer.from(der as Uint8Array)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${tag}-----\n`;

export { x509 };
