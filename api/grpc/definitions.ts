// The protos of the services, as the server, the reflection and clients need them.
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { serializingOnce } from './ready-bytes.ts';
import type { GrpcService } from './services.ts';

/** Names as in JSON; what was not sent is absent; 64-bit numbers are exact as all amounts are within 2^53. */
const loading = { keepCase: true, longs: Number, enums: String, defaults: false, oneofs: false } as const;

const loaded = new Map<string, PackageDefinition>();

/** All that a service's file and what it imports define. */
export function packageOf({ name }: Pick<GrpcService, 'name'>): PackageDefinition {
  const file = new URL(`../../schemas/proto/${name}.proto`, import.meta.url).pathname;
  const known = loaded.get(name) ?? loadSync(file, loading);
  loaded.set(name, known);
  return known;
}

export function definitionOf(service: Pick<GrpcService, 'name' | 'service'>): ServiceDefinition {
  return serializingOnce(plainDefinitionOf(service));
}

/** One that keeps no bytes of answers. */
export function plainDefinitionOf(service: Pick<GrpcService, 'name' | 'service'>): ServiceDefinition {
  return packageOf(service)[service.service] as ServiceDefinition;
}
