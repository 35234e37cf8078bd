// Server reflection (v1 and v1alpha) of one service, its index made when somebody first asks: eleven at start would cost a tenth of a second.
import type { handleBidiStreamingCall, Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { service as health } from 'grpc-health-check';
import { packageOf } from './definitions.ts';
import { putRight } from './descriptors.ts';
import type { GrpcService } from './services.ts';
import { statusPackage } from './status-details.ts';

type Added = readonly [definition: ServiceDefinition, implementation: UntypedServiceImplementation];
/** Messages and enums have the files of all that they need, services have none. */
type Described = { readonly fileDescriptorProtos?: readonly Buffer[] };
type Info = handleBidiStreamingCall<object, object>;

const method = 'ServerReflectionInfo';

/** What the package would add to a server: one service for each version of the protocol. */
function servicesFor(definitions: readonly Described[], services: string[]): readonly Added[] {
  const described = definitions.flatMap(({ fileDescriptorProtos = [] }) => fileDescriptorProtos);
  const root = { all: { fileDescriptorProtos: putRight(described) } } as unknown as PackageDefinition;
  const added: Added[] = [];
  const recorder = { addService: (...one: Added) => void added.push(one) };
  new ReflectionService(root, { services }).addToServer(recorder as unknown as Server);
  return added;
}

let versions: readonly Added[] | null = null;

export function addReflection(server: Server, service: GrpcService): void {
  versions ??= servicesFor([], []);
  let made: readonly Added[] | null = null;
  const implementations = () => {
    const ofHealth = Object.values(health).map(({ requestType }) => requestType as Described);
    const ofService = [packageOf(service), statusPackage].flatMap((one) => Object.values(one) as Described[]);
    const definitions = [...ofService, ...ofHealth];
    made ??= servicesFor(definitions, [service.service, 'grpc.health.v1.Health']);
    return made;
  };
  for (const [version, [definition]] of versions.entries()) {
    const answer: Info = (stream) => {
      const [, implementation] = implementations()[version] as Added;
      (implementation[method] as Info)(stream);
    };
    server.addService(definition, { [method]: answer });
  }
}
