// Reads the environment, with payments-config.ts and security-config.ts, for all of the platform: addresses, ports, names and limits, with the defaults of the local stack.
import { grpcPorts, grpcPortVariable } from './grpc-ports.mjs';
import { type PaymentsConfig, type Readers, readPayments } from './payments-config.ts';
import { readSecurity, type SecurityConfig } from './security-config.ts';
import { defaultStackFolder, isDemoMode, isLoopback, isProduction } from './start-rules.mjs';

export type GrpcName = keyof typeof grpcPorts;
export type GrpcPorts = Readonly<Record<GrpcName, number>>;
export type GrpcConnections = {
  /** A connection is so old at most: then it takes no more calls, and those that run get the grace. */
  readonly ageMsMax: number;
  readonly ageGraceMs: number;
  /** Which methods are served without grpc-js: those that are hot, all with one message each way, or none. */
  readonly direct: GrpcDirect;
};
export type GrpcDirect = 'hot' | 'all' | 'none';

export const grpcPortsBy = (portOf: (name: GrpcName) => number): GrpcPorts => {
  const names = Object.keys(grpcPorts) as GrpcName[];
  return Object.fromEntries(names.map((name) => [name, portOf(name)])) as GrpcPorts;
};

export type LimitsConfig = {
  readonly isOn: boolean;
  /** In place of the table's, by name of the limit. */
  readonly rates: Readonly<Record<string, { readonly burst: number; readonly perSecond: number }>>;
  /** Addresses and CIDR blocks: whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Those that have no address limit. */
  readonly trusted: readonly string[];
};

export type IdentityConfig = {
  /** Without a token everyone is who they say: for first steps on one's own machine. */
  readonly isDemo: boolean;
  readonly isProduction: boolean;
  /** By which names demo mode is asked, besides those of this very machine: in lower case, without ports. */
  readonly demoHosts: readonly string[];
  /** PEM (PKCS#8) of an EC key on P-256; null: none is given. */
  readonly privateKey: string | null;
  /** PEM of the keys before: what they signed holds until it expires. */
  readonly previousPublicKeys: string;
  /** Where the instances of this machine share a key in demo mode. */
  readonly keyFolder: string;
  /** What Prometheus shows to scrape; null: only operators may. */
  readonly metricsToken: string | null;
};

export type ProcessorsConfig = {
  readonly host: string;
  readonly port: number;
  /** Those to run, by name; empty: all. */
  readonly only: readonly string[];
  /** Over so many threads they are spread: more than one where events come faster than one core folds. */
  readonly threads: number;
};

export type Config = {
  /** Prefix of topics, groups and Redis keys; empty in production, random in tests. */
  readonly namespace: string;
  readonly kafka: { readonly brokers: readonly string[]; readonly sessionTimeoutMs: number };
  readonly registry: { readonly url: string };
  readonly cassandra: {
    readonly contactPoints: readonly string[];
    readonly dataCenter: string;
    readonly keyspace: string;
    readonly replicationFactor: number;
  };
  readonly redis: { readonly url: string };
  readonly api: { readonly host: string; readonly port: number; readonly url: string };
  readonly limits: LimitsConfig;
  /** Origins whose pages may read answers; `*` is any. Empty: only our own. */
  readonly corsOrigins: readonly string[];
  /** One port per gRPC service; 0 takes a free one. */
  readonly grpc: GrpcPorts;
  readonly grpcConnections: GrpcConnections;
  readonly processors: ProcessorsConfig;
  readonly payments: PaymentsConfig;
  readonly identity: IdentityConfig;
  readonly security: SecurityConfig;
  /** Build number that claims partitions; a smaller one than has claimed stands back. */
  readonly build: number;
  readonly logLevel: string;
};

export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const text = (name: string, otherwise: string) => env[name]?.trim() || otherwise;
  const list = (name: string, otherwise: string) =>
    text(name, otherwise)
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean);
  const whole = (name: string, otherwise: number, max: number) => {
    const value = Number(text(name, String(otherwise)));
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new Error(`${name} must be a whole number from 0 to ${max}, not "${env[name]}"`);
    }
    return value;
  };
  const port = whole('PORT', 5000, 65_535);
  const host = text('HOST', '127.0.0.1');
  const areFree = text('GRPC_PORTS', '') === 'free';
  const apiUrl = text('API_URL', `http://127.0.0.1:${port}`);
  const identity = readIdentity(env, { list, apiUrl });
  return {
    namespace: env.NAMESPACE ?? '',
    kafka: {
      brokers: list('KAFKA_BROKERS', '127.0.0.1:19092'),
      sessionTimeoutMs: whole('KAFKA_SESSION_TIMEOUT_MS', 30_000, 600_000),
    },
    registry: { url: text('SCHEMA_REGISTRY_URL', 'http://127.0.0.1:18081/apis/ccompat/v7') },
    cassandra: {
      contactPoints: list('CASSANDRA_CONTACT_POINTS', '127.0.0.1:19042'),
      dataCenter: text('CASSANDRA_DATA_CENTER', 'datacenter1'),
      keyspace: text('CASSANDRA_KEYSPACE', 'profithack_g1'),
      replicationFactor: whole('CASSANDRA_REPLICATION_FACTOR', 1, 9),
    },
    redis: { url: text('REDIS_URL', 'redis://127.0.0.1:16379') },
    api: { host, port, url: apiUrl },
    limits: readLimits({ text, list, isLocal: isLoopback(host) }),
    corsOrigins: readOrigins(list('CORS_ORIGINS', ''), isLoopback(host)),
    grpc: grpcPortsBy((name) => whole(grpcPortVariable(name), areFree ? 0 : grpcPorts[name], 65_535)),
    grpcConnections: {
      ageMsMax: whole('GRPC_CONNECTION_AGE_MS', 1_800_000, 86_400_000),
      ageGraceMs: whole('GRPC_CONNECTION_GRACE_MS', 30_000, 600_000),
      direct: readDirect(text('GRPC_DIRECT', 'hot')),
    },
    processors: {
      host,
      port: whole('PROCESSORS_PORT', 5001, 65_535),
      only: list('PROCESSORS', ''),
      threads: whole('PROCESSOR_THREADS', 1, 64),
    },
    payments: readPayments(env, { text, list, whole, apiUrl, isDemo: identity.isDemo }),
    identity,
    security: readSecurity({ text, whole, apiUrl, isDemo: identity.isDemo }),
    build: whole('BUILD', 1, 2 ** 31),
    logLevel: text('LOG_LEVEL', 'info'),
  };
}

type LimitReaders = Pick<Readers, 'text' | 'list'> & { readonly isLocal: boolean };

function readLimits({ text, list, isLocal }: LimitReaders): LimitsConfig {
  const isOn = text('RATE_LIMITS', 'on');
  if (isOn !== 'on' && isOn !== 'off') throw new Error(`RATE_LIMITS must be on or off, not "${isOn}"`);
  const rates = list('RATE_LIMIT_RATES', '').map((entry) => {
    const [, name, burst, perSecond] = /^([a-z_]+)=(\d+)\/([\d.]+)$/.exec(entry) ?? [];
    if (name === undefined) throw new Error(`RATE_LIMIT_RATES must be a list of NAME=BURST/PER_SECOND, not "${entry}"`);
    return [name, { burst: Number(burst), perSecond: Number(perSecond) }] as const;
  });
  return {
    isOn: isOn === 'on',
    rates: Object.fromEntries(rates),
    trustedProxies: list('TRUSTED_PROXIES', ''),
    // Load and benches of a developer come from this machine; what serves others trusts nobody.
    trusted: list('RATE_LIMIT_TRUSTED', isLocal ? '127.0.0.0/8,::1' : ''),
  };
}

/** @throws unless each is an origin; any origin is for first steps on one machine alone */
function readOrigins(origins: readonly string[], isLocal: boolean): readonly string[] {
  for (const origin of origins) {
    if (origin === '*' && isLocal) continue;
    if (origin === '*')
      throw new Error('CORS_ORIGINS must name origins: * is only for an API that this machine alone reaches');
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new Error(`CORS_ORIGINS must be origins such as https://app.example, not "${origin}"`);
  }
  return origins;
}

/** @throws unless each is the name alone */
function readHosts(hosts: readonly string[]): readonly string[] {
  const named = hosts.filter(Boolean).map((host) => host.toLowerCase());
  const wrong = named.find((host) => !/^([a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(host));
  if (wrong !== undefined)
    throw new Error(`DEMO_HOSTS must be names such as app.example, without port or path, not "${wrong}"`);
  return named;
}

/** @throws for a mode that there is not */
function readIdentity(env: NodeJS.ProcessEnv, { list, apiUrl }: Pick<Readers, 'list' | 'apiUrl'>): IdentityConfig {
  // Line breaks do not survive every way into an environment.
  const pem = (name: string) => env[name]?.replaceAll('\\n', '\n').trim() ?? '';
  return {
    isDemo: isDemoMode(env),
    isProduction: isProduction(env),
    demoHosts: readHosts([...list('DEMO_HOSTS', ''), URL.canParse(apiUrl) ? new URL(apiUrl).hostname : '']),
    privateKey: pem('AUTH_PRIVATE_KEY') || null,
    previousPublicKeys: pem('AUTH_PREVIOUS_PUBLIC_KEYS'),
    keyFolder: env.STACK_FOLDER?.trim() || defaultStackFolder,
    metricsToken: env.METRICS_TOKEN?.trim() || null,
  };
}

function readDirect(text: string): GrpcDirect {
  if (text === 'hot' || text === 'all' || text === 'none') return text;
  throw new Error(`GRPC_DIRECT must be hot, all or none, and is ${text}`);
}
