// A service whose reusable answers become protobuf once, however often they are sent.
import type { ServiceDefinition } from '@grpc/proto-loader';
import { onceOf } from '../reusable.ts';

export function serializingOnce(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const { responseSerialize: serialize } = method;
    return [name, { ...method, responseSerialize: (answer: object) => onceOf(answer, serialize) }] as const;
  });
  return Object.fromEntries(methods);
}
