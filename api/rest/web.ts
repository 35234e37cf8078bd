// What a process promises browsers: whether it is reached by https, and which origins' pages may read its answers.
import type { Config } from '../../infra/config.ts';

export type Web = { readonly isHttps: boolean; readonly origins: readonly string[] };

export const developing: Web = { isHttps: false, origins: [] };

export const webOf = ({ api, corsOrigins }: Config): Web => ({
  isHttps: api.url.startsWith('https:'),
  origins: corsOrigins,
});
