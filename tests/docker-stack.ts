// The Docker way of `npm test`: the compose file by testcontainers, on the ports in the environment, until SIGTERM.
// Untested where no engine runs, as on the machine it was written on.
import { DockerComposeEnvironment, Wait } from 'testcontainers';

const servers = ['kafka', 'registry', 'cassandra', 'redis'];
const startupMsMax = 300_000;
const ports = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.endsWith('_PORT')));

const environment = await new DockerComposeEnvironment(process.cwd(), 'docker-compose.kafka.yml')
  .withEnvironment(ports as Record<string, string>)
  .withDefaultWaitStrategy(Wait.forHealthCheck())
  .withStartupTimeout(startupMsMax)
  .up(servers);

await new Promise((stop) => process.once('SIGTERM', stop));
await environment.down({ removeVolumes: true });
