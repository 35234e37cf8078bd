// Headers that keep a browser from doing with an answer what it is not for; pages relax the policy for themselves.
import type { RequestHandler } from 'express';
import type { Web } from './web.ts';

/** What scripts, styles and connections a page may use; everything else is forbidden. */
export const policies = {
  data: "default-src 'none'; frame-ancestors 'none'",
  page: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  docs: "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** As the OWASP Secure Headers Project has them; TLS alone is promised for two years where there is TLS. */
export const securityHeaders = ({ isHttps }: Pick<Web, 'isHttps'>): RequestHandler => {
  const headers = {
    'content-security-policy': policies.data,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'x-permitted-cross-domain-policies': 'none',
    'x-dns-prefetch-control': 'off',
    'cache-control': 'no-store',
    ...(isHttps && { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }),
  };
  const all = Object.entries(headers);
  return (_request, response, next) => {
    for (const [name, value] of all) response.setHeader(name, value);
    next();
  };
};

export const withPolicy =
  (policy: keyof typeof policies): RequestHandler =>
  (_request, response, next) => {
    response.set('content-security-policy', policies[policy]);
    next();
  };
