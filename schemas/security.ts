// What the zero-trust security service speaks of: services that get certificates, kinds of keys, reasons of a revocation.

/** Services and callers that may have a certificate; others only in demo mode. */
export const certificateServices = [
  'api',
  'gateway',
  'feed-service',
  'dating-service',
  'monetization-service',
  'xai-service',
  'sora-service',
  'chaos-service',
  'moderation-service',
  'security-service',
  'acquisition-service',
  'seo-service',
  'marketplace-service',
  'processors',
  'operator-console',
  'monitoring',
] as const;
export type CertificateService = (typeof certificateServices)[number];

/** Any valid name of a service, as in a SPIFFE path. */
export const serviceNamePattern = '^[a-z][a-z0-9-]{0,62}$';

/** A key is made of one of these kinds; of a request's own key there are more. */
export const keyTypes = ['RSA_2048', 'ECDSA_P256'] as const;
export type KeyType = (typeof keyTypes)[number];

/** Reasons of RFC 5280, 5.3.1, that befall the certificate of a service, and their codes. None of them is ever taken back. */
export const revocationReasons = {
  unspecified: 0,
  key_compromise: 1,
  affiliation_changed: 3,
  superseded: 4,
  cessation_of_operation: 5,
  privilege_withdrawn: 9,
} as const;
export type RevocationReason = keyof typeof revocationReasons;
export const revocationReasonNames = Object.keys(revocationReasons) as RevocationReason[];

/** What a certificate is at a time. */
export const certificateStatuses = ['valid', 'revoked', 'expired'] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

export const spiffeId = (serviceName: string): string => `spiffe://profithack/${serviceName}`;

/** The service that a SPIFFE id names, or null. */
export const serviceOf = (uri: string): string | null =>
  /^spiffe:\/\/profithack\/([a-z][a-z0-9-]{0,62})$/.exec(uri)?.[1] ?? null;
