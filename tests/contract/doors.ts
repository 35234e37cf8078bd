// Calls one method with one message through REST and through gRPC, and puts both outcomes into one form.
import { compressionAlgorithms, credentials } from '@grpc/grpc-js';
import { grpcServices } from '../../api/grpc/services.ts';
import { idempotencyHeader } from '../../api/names.ts';
import { type Reason, reasons } from '../../api/problems.ts';
import { type Connecting, GrpcClient } from '../grpc-client.ts';

export type Message = Readonly<Record<string, unknown>>;
export type Outcome = {
  /** The answer or the problem in the form of `same`. */
  readonly body: unknown;
  readonly reason: string | null;
  /** Whether the status is the one that the table of reasons has for it. */
  readonly statusFits: boolean;
  readonly isHit: boolean;
};
/** `grpc-js`: by compressed messages, which that one alone reads. */
export type DoorName = 'rest' | 'grpc' | 'grpc-js';

/** Figures that the table of reasons gives, and what belongs to the one request: no part of the comparison. */
const perRequest = new Set(['type', 'title', 'status', 'request_id', 'reason']);

/**
 * The form in which the two are compared: what is null, or an empty list or object, in JSON is absent in a message; members have one order.
 */
export function same(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(same);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, same(member)] as const)
    .filter(([, member]) => member !== null && member !== undefined && !isEmpty(member));
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** `feed.GetFeed` */
export function methodAt(name: string) {
  const [serviceName, methodName = ''] = name.split('.');
  const service = grpcServices.find((one) => one.name === serviceName);
  const method = service?.methods[methodName];
  if (!service || !method) throw new Error(`there is no method ${name}`);
  return { service, methodName, ...method };
}

export const methodNames = grpcServices.flatMap(({ name, methods }) =>
  Object.keys(methods).map((method) => `${name}.${method}`),
);

export class Doors {
  readonly #url: string;
  readonly #clients: Readonly<Record<'grpc' | 'grpc-js', ReadonlyMap<string, GrpcClient>>>;

  constructor(url: string, portOf: (name: (typeof grpcServices)[number]['name']) => number | undefined) {
    this.#url = url;
    const clients = (connecting?: Connecting) =>
      new Map(
        grpcServices.map((service) => [service.name, new GrpcClient(portOf(service.name) ?? 0, service, connecting)]),
      );
    const options = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
    this.#clients = { grpc: clients(), 'grpc-js': clients({ credentials: credentials.createInsecure(), options }) };
  }

  close(): void {
    for (const clients of Object.values(this.#clients)) for (const client of clients.values()) client.close();
  }

  ask(door: DoorName, method: string, message: Message, key?: string): Promise<Outcome> {
    return door === 'rest' ? this.#rest(method, message, key) : this.#grpc(door, method, message, key);
  }

  async #rest(name: string, message: Message, key?: string): Promise<Outcome> {
    const { route, given, shown } = methodAt(name);
    const fields: Record<string, unknown> = { ...(given ? given(message) : message) };
    const path = route.path.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = String(fields[field]);
      delete fields[field];
      return encodeURIComponent(value);
    });
    const body = route.wholeBody ? fields.body : fields;
    const query = route.method === 'get' ? `?${new URLSearchParams(fields as Record<string, string>)}` : '';
    const response = await fetch(`${this.#url}${path}${query}`, {
      method: route.method.toUpperCase(),
      headers: { 'content-type': 'application/json', ...(key !== undefined && { [idempotencyHeader]: key }) },
      ...(route.method !== 'get' && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    const isHit = response.headers.get('idempotency-hit') === 'true';
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
    if (!isProblem)
      return { body: same(shown ? shown(answer) : answer), reason: null, statusFits: response.status < 300, isHit };
    const reason = String(answer.reason);
    return { body: problem(answer), reason, isHit, statusFits: response.status === reasons[reason as Reason]?.status };
  }

  async #grpc(door: 'grpc' | 'grpc-js', name: string, message: Message, key?: string): Promise<Outcome> {
    const { service, methodName } = methodAt(name);
    const client = this.#clients[door].get(service.name) as GrpcClient;
    const called = await client.call(methodName, message, key === undefined ? {} : { 'idempotency-key': key });
    const isHit = called.metadata.get('idempotency-hit').includes('true');
    if (called.code === 0) return { body: same(called.answer), reason: null, statusFits: true, isHit };
    const reason = called.info?.reason ?? `code ${called.code}`;
    const told = { detail: called.detail, ...called.info?.metadata };
    return { body: problem(told), reason, isHit, statusFits: called.code === reasons[reason as Reason]?.grpc };
  }
}

/** Members of a problem are texts in the details of a status. */
function problem(members: Readonly<Record<string, unknown>>): unknown {
  const told = Object.entries(members).filter(([name, value]) => !perRequest.has(name) && value !== null);
  return same(Object.fromEntries(told.map(([name, value]) => [name, String(value)])));
}
