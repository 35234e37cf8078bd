// Reads the environment once: where the stack keeps its data, which ports it wants, which addresses are given.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { grpcPorts, grpcPortVariable, grpcUrlVariable } from '../grpc-ports.mjs';
import { defaultStackFolder } from '../start-rules.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const libFolder = resolve(root, '.stack/lib');
export const keyspace = process.env.CASSANDRA_KEYSPACE ?? 'profithack_g1';
export const freeDiskMinBytes = Number(process.env.STACK_FREE_DISK_MIN_BYTES ?? 2e9);

/** Data, logs and pid files of the stack that `npm start` runs. */
export const startFolder = resolve(root, process.env.STACK_FOLDER ?? defaultStackFolder);

const grpcNames = Object.keys(grpcPorts);

/** One row a port: its name in the code, the variable that overrides it, its default, and who wants it. */
export const portTable = [
  { name: 'api', variable: 'PORT', port: 5000, wantedBy: 'the API' },
  { name: 'processors', variable: 'PROCESSORS_PORT', port: 5001, wantedBy: 'the processors (health and metrics)' },
  ...grpcNames.map((name) => ({
    ...{ name, variable: grpcPortVariable(name), port: grpcPorts[name] },
    wantedBy: `the gRPC service ${name}`,
    isGrpc: true,
  })),
  { name: 'kafka', variable: 'KAFKA_PORT', port: 19092, wantedBy: 'Kafka' },
  { name: 'controller', variable: 'KAFKA_CONTROLLER_PORT', port: 19093, wantedBy: 'the controller of Kafka' },
  { name: 'registry', variable: 'REGISTRY_PORT', port: 18081, wantedBy: 'the schema registry' },
  { name: 'cassandra', variable: 'CASSANDRA_PORT', port: 19042, wantedBy: 'Cassandra' },
  { name: 'storage', variable: 'CASSANDRA_STORAGE_PORT', port: 17000, wantedBy: 'the storage port of Cassandra' },
  { name: 'redis', variable: 'REDIS_PORT', port: 16379, wantedBy: 'Redis' },
];

export const ownPorts = ['api', 'processors', ...grpcNames];

export const addressNames = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'CASSANDRA_CONTACT_POINTS', 'REDIS_URL'];

/** The addresses given in the environment; only all four together make a way. */
export const givenAddresses = () =>
  Object.fromEntries(addressNames.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));

/** Where clients find the gRPC services. */
export const grpcAddressesOf = (ports) =>
  Object.fromEntries(grpcNames.map((name) => [grpcUrlVariable(name), `127.0.0.1:${ports[name]}`]));

/** What clients are told when the servers listen on these ports of this machine. */
export const addressesOf = (ports) => ({
  KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
  SCHEMA_REGISTRY_URL: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
  CASSANDRA_CONTACT_POINTS: `127.0.0.1:${ports.cassandra}`,
  REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
});
