// Decides the way in which the servers are had (given addresses, Docker compose, local processes) and brings them up by it.
import { connect } from 'node:net';
import { artifacts } from './artifacts.mjs';
import { composeUp, dockerWorks, testcontainersUp } from './docker.mjs';
import { findJava } from './java.mjs';
import { startServers } from './servers.mjs';
import { addressesOf, addressNames, givenAddresses } from './settings.mjs';
import { Sentence, say, step } from './steps.mjs';

const reachMs = 3000;
const defaultPorts = { KAFKA_BROKERS: 9092, CASSANDRA_CONTACT_POINTS: 9042, REDIS_URL: 6379, SCHEMA_REGISTRY_URL: 80 };

/** The first way that can work here: 'addresses', 'docker' or 'local'. */
export function chooseWay() {
  const given = Object.keys(givenAddresses());
  if (given.length === addressNames.length) return 'addresses';
  if (given.length > 0)
    say(`  ${given.join(', ')} is not used: only all of ${addressNames.join(', ')} together name a stack.`);
  return dockerWorks() ? 'docker' : 'local';
}

/**
 * Brings the servers up and answers their addresses as environment variables. What the supervisor does not stop by itself
 * is given to `onEnd`; where the data is to be thrown away, that covers the data too.
 */
export function bringUp(way, options) {
  if (way === 'addresses') return useGiven();
  return way === 'docker' ? useDocker(options) : useLocal(options);
}

async function useGiven() {
  const addresses = givenAddresses();
  await step('Given addresses', () => Promise.all(Object.entries(addresses).map(reach)));
  return addresses;
}

async function reach([name, value]) {
  const first = value.split(',')[0];
  const { hostname, port } = new URL(first.includes('://') ? first : `tcp://${first}`);
  const reached = await new Promise((done) => {
    const socket = connect(Number(port) || defaultPorts[name], hostname);
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.setTimeout(reachMs, () => end(false));
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
  if (!reached) throw new Sentence(`Nothing answers at ${first}, which ${name} names.`);
}

async function useDocker(options) {
  await step('Containers', (note) => (options.throwAway ? testcontainersUp(options) : composeUp({ ...options, note })));
  return addressesOf(options.ports);
}

async function useLocal({ folder, ports, supervisor, throwAway }) {
  const java = findJava();
  const lib = await artifacts(java, supervisor, (work) => step('Servers fetched by Maven', work));
  await startServers({ folder, ports, java, lib, supervisor, throwAway });
  return addressesOf(ports);
}
