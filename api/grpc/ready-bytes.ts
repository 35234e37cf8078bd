// Reusable answers become protobuf once, however often they are sent: alone for grpc-js, behind its length where calls are answered without it.
import type { ServiceDefinition } from '@grpc/proto-loader';
import { onceOf } from '../reusable.ts';

export function serializingOnce(definition: ServiceDefinition): ServiceDefinition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const { responseSerialize: serialize } = method;
    return [name, { ...method, responseSerialize: (answer: object) => onceOf(answer, serialize) }] as const;
  });
  return Object.fromEntries(methods);
}

/** In front of each message: whether it is compressed, and its length. */
export const prefixBytes = 5;

/** @returns the message as it is on the wire, of a reusable answer the same bytes each time; nobody may change them */
export function framedOnce(serialize: (answer: object) => Buffer): (answer: object) => Buffer {
  const frame = (answer: object): Buffer => {
    const message = serialize(answer);
    const framed = Buffer.allocUnsafe(prefixBytes + message.length);
    framed[0] = 0;
    framed.writeUInt32BE(message.length, 1);
    message.copy(framed, prefixBytes);
    return framed;
  };
  return (answer) => onceOf(answer, frame);
}
