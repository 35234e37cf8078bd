// Headers that keep a browser from doing with an answer what it is not for; pages relax the policy for themselves.
import type { RequestHandler } from 'express';

/** What scripts, styles and connections a page may use; everything else is forbidden. */
export const policies = {
  data: "default-src 'none'; frame-ancestors 'none'",
  page: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  docs: "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': policies.data,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  next();
};

export const withPolicy =
  (policy: keyof typeof policies): RequestHandler =>
  (_request, response, next) => {
    response.set('content-security-policy', policies[policy]);
    next();
  };
