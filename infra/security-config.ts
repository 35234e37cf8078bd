// Reads what the certificate authority and mutual TLS need: where the keys are, names, lives.
import { authorityRefusal, defaultStackFolder } from './start-rules.mjs';

export type SecurityConfig = {
  /** First steps on one's own machine: services of any name may have a certificate. */
  readonly isDemo: boolean;
  /** Where root and intermediate are; null: not given, and there is no authority. */
  readonly folder: string | null;
  /** gRPC ports ask for certificates. */
  readonly mtls: boolean;
  /** Common names are in it. */
  readonly domain: string;
  /** Common name of this process's own certificate. */
  readonly serverName: string;
  /** Where the list of revoked certificates is, as every certificate says. */
  readonly crlUrl: string;
  /** A certificate's life, and for how long a list of revoked ones holds. */
  readonly lifeMs: number;
  readonly crlMs: number;
  /** RSA keys that are made ahead of need. */
  readonly keysReadyMax: number;
};

type Readers = {
  readonly text: (name: string, otherwise: string) => string;
  readonly whole: (name: string, otherwise: number, max: number) => number;
  readonly apiUrl: string;
  readonly isDemo: boolean;
};

const dayMs = 86_400_000;
const crlMsMin = 120_000;

/** @throws if mutual TLS has no authority to rely on */
export function readSecurity({ text, whole, apiUrl, isDemo }: Readers): SecurityConfig {
  const domain = text('CA_DOMAIN', 'profithack.internal');
  const mtls = text('MTLS', 'off');
  // Outside demo mode nobody should find an authority that was made in passing, in a folder that a reset deletes.
  const folder = text('CA_FOLDER', isDemo ? text('STACK_FOLDER', defaultStackFolder) : '') || null;
  const refusal = authorityRefusal({ mtls, folder });
  if (refusal) throw new Error(refusal);
  const crlMs = whole('CRL_LIFE_MS', 3_600_000, 7 * dayMs);
  if (crlMs < crlMsMin) throw new Error(`CRL_LIFE_MS must be at least ${crlMsMin}`);
  return {
    ...{ isDemo, folder, mtls: mtls === 'on', domain },
    serverName: text('MTLS_SERVER_NAME', `api.${domain}`),
    crlUrl: text('CRL_URL', `${apiUrl}/api/security/intermediate.crl`),
    lifeMs: whole('CERTIFICATE_LIFE_MS', 90 * dayMs, 90 * dayMs),
    crlMs,
    keysReadyMax: whole('CA_RSA_KEYS_READY', 16, 1_000),
  };
}
