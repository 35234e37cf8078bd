// How Cassandra runs as one local process: writes its configuration, answers the command.
import { join } from 'node:path';
import { writeAtomically } from './files.mjs';
import { cassandraIsReady } from './probes.mjs';
import { root } from './settings.mjs';

const configuration = (folder, ports) => `cluster_name: local
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories: [${JSON.stringify(join(folder, 'data'))}]
commitlog_directory: ${JSON.stringify(join(folder, 'commitlog'))}
saved_caches_directory: ${JSON.stringify(join(folder, 'saved'))}
hints_directory: ${JSON.stringify(join(folder, 'hints'))}
cdc_raw_directory: ${JSON.stringify(join(folder, 'cdc'))}
commitlog_sync: periodic
commitlog_sync_period: 1000ms
auto_snapshot: false
endpoint_snitch: SimpleSnitch
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
native_transport_port: ${ports.cassandra}
storage_port: ${ports.storage}
seed_provider: [{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{seeds: "127.0.0.1:${ports.storage}"}]}]
`;

// The list of Cassandra's own jvm17-server.options.
const packages = {
  'java.base': [
    ...[
      'io',
      'lang',
      'lang.module',
      'lang.reflect',
      'math',
      'net',
      'nio',
      'util',
      'util.concurrent',
      'util.concurrent.atomic',
    ].map((name) => `java.${name}`),
    ...['loader', 'math', 'module', 'ref', 'reflect', 'util.jar', 'vm'].map((name) => `jdk.internal.${name}`),
    'sun.nio.ch',
  ],
  'java.rmi': ['sun.rmi.registry', 'sun.rmi.server', 'sun.rmi.transport', 'sun.rmi.transport.tcp'],
  'java.management.rmi': ['com.sun.jmx.remote.internal.rmi'],
  'java.management': ['com.sun.jmx.remote.security'],
  'jdk.management': ['com.sun.management.internal'],
  'jdk.management.jfr': ['jdk.management.jfr'],
  'jdk.naming.dns': ['com.sun.jndi.dns'],
  'jdk.unsupported': ['sun.misc'],
  'jdk.compiler': ['com.sun.tools.javac.file'],
};
const opened = Object.entries(packages).flatMap(([module, names]) =>
  names.flatMap((name) => [`--add-opens=${module}/${name}=ALL-UNNAMED`, `--add-exports=${module}/${name}=ALL-UNNAMED`]),
);

const properties = (folder) =>
  Object.entries({
    'jdk.attach.allowAttachSelf': true,
    'logback.configurationFile': join(root, 'infra/local/logback.xml'),
    'cassandra.config': `file://${join(folder, 'cassandra.yaml')}`,
    'cassandra.storagedir': folder,
    'cassandra-foreground': true,
    'cassandra.superuser_setup_delay_ms': 0,
    'cassandra.skip_wait_for_gossip_to_settle': 0,
    'cassandra.ring_delay_ms': 1000,
  }).map(([name, value]) => `-D${name}=${value}`);

export const cassandra = {
  name: 'cassandra',
  title: 'Cassandra',
  prepare({ folder, ports }) {
    writeAtomically(join(folder, 'cassandra.yaml'), configuration(folder, ports));
  },
  command: ({ folder, java, lib }) => ({
    command: java,
    args: [
      '-Xms512m',
      '-Xmx1g',
      '-XX:+ExitOnOutOfMemoryError',
      ...opened,
      ...properties(folder),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    env: { CLASSPATH: lib.cassandra },
  }),
  ready: ({ ports }) => cassandraIsReady(ports.cassandra),
};
