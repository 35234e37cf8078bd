// Who may call whom over mutual TLS: for each service that has a certificate, the gRPC services it may call.
import type { CertificateService } from '../../schemas/security.ts';

/** Short names of gRPC services: the last part of the full name, in lower case. */
type Callable = string;

/** Every door of users; nothing that operates the platform. */
const userDoors: readonly Callable[] = [
  'feed',
  'feedservice',
  'xai',
  'xairecommendation',
  'dating',
  'monetization',
  'sora',
  'moderation',
  'marketplace',
];

/** May each check that somebody is there, and renew its own certificate: `security` renews with a token's role besides. */
export const allowedCallees: Readonly<Record<CertificateService, readonly Callable[] | 'all'>> = {
  gateway: userDoors,
  api: 'all',
  'operator-console': 'all',
  'feed-service': ['xai', 'xairecommendation', 'monetization', 'security'],
  'dating-service': ['monetization', 'security'],
  'monetization-service': ['security'],
  'xai-service': ['feed', 'feedservice', 'security'],
  'sora-service': ['moderation', 'security'],
  'chaos-service': ['security'],
  'moderation-service': ['security'],
  'security-service': ['security'],
  'acquisition-service': ['sora', 'moderation', 'security'],
  'seo-service': ['security'],
  'marketplace-service': ['monetization', 'moderation', 'security'],
  processors: ['security'],
  monitoring: [],
};

/** Anybody with a good certificate may ask whether a port is well, and what it offers. */
const forEveryone = /^grpc\.(health|reflection)\./;

/** @param path of a method, as in /profithack.dating.Dating/Swipe */
export function mayCall(serviceName: string, path: string): boolean {
  const service = path.split('/')[1] ?? '';
  if (forEveryone.test(service)) return true;
  const allowed = Object.hasOwn(allowedCallees, serviceName)
    ? allowedCallees[serviceName as CertificateService]
    : undefined;
  if (allowed === undefined) return false;
  return allowed === 'all' || allowed.includes(service.split('.').at(-1)?.toLowerCase() ?? '');
}
