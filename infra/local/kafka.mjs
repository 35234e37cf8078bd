// How Kafka runs as one local process: writes its properties, formats its log folder once, answers the command.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './files.mjs';
import { kafkaIsReady } from './probes.mjs';

// A broker that was killed may register again only after its session has timed out.
const properties = (folder, ports) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
listeners=PLAINTEXT://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports.kafka}
controller.listener.names=CONTROLLER
log.dirs=${folder}/data
auto.create.topics.enable=false
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.ms=-1
`;

export const kafka = {
  name: 'kafka',
  title: 'Kafka',
  async prepare({ folder, ports, java, lib, run }) {
    const file = join(folder, 'server.properties');
    writeAtomically(file, properties(folder, ports));
    if (existsSync(join(folder, 'data/meta.properties'))) return;
    const id = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    const args = ['-XX:TieredStopAtLevel=1', 'kafka.tools.StorageTool', 'format', '-t', id, '-c', file];
    await run({
      name: 'kafka-format',
      title: 'Formatting the log folder of Kafka',
      command: java,
      args,
      env: { CLASSPATH: lib.kafka },
    });
  },
  command: ({ folder, java, lib }) => ({
    command: java,
    args: [
      '-Xms256m',
      '-Xmx512m',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      'kafka.Kafka',
      join(folder, 'server.properties'),
    ],
    env: { CLASSPATH: lib.kafka },
  }),
  ready: ({ ports }) => kafkaIsReady(ports.kafka),
};
