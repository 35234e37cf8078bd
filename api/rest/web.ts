// What a process promises browsers: whether it is reached by https, which origins' pages may read its answers, and by which names it is asked.
import type { Config } from '../../infra/config.ts';

export type Web = {
  readonly isHttps: boolean;
  readonly origins: readonly string[];
  /** Besides those of this very machine; null: any. */
  readonly hosts: readonly string[] | null;
};

export const developing: Web = { isHttps: false, origins: [], hosts: null };

export const webOf = ({ api, corsOrigins, identity }: Config): Web => ({
  isHttps: api.url.startsWith('https:'),
  origins: corsOrigins,
  hosts: identity.isDemo ? identity.demoHosts : null,
});
