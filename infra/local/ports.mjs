// Decides the ports of a stack: those of the settings, or free ones at random; finds out which are taken.
import { connect, createServer } from 'node:net';
import { portTable } from './settings.mjs';
import { Sentence } from './steps.mjs';

// Below the range from which systems take the ports of outgoing connections.
const randomFrom = 20_000;
const randomBelow = 32_000;
const triesMax = 1000;

/** Ports by name, from the environment where given, else the defaults. */
export function wantedPorts(environment = process.env) {
  return Object.fromEntries(
    portTable.map(({ name, variable, port }) => {
      const given = environment[variable];
      if (given === undefined || given === '') return [name, port];
      const number = Number(given);
      if (!Number.isInteger(number) || number < 1 || number > 65_535)
        throw new Sentence(`${variable} must be a port from 1 to 65535, not "${given}".`);
      return [name, number];
    }),
  );
}

const answers = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });

const canListen = (port) =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

/** Both questions, because some systems let a second listener in beside one on all addresses. */
export const isTaken = async (port) => (await answers(port)) || !(await canListen(port));

/** Fails with one sentence on the first of the named ports that somebody else holds or that two would share. */
export async function checkPorts(ports, names) {
  const seen = new Map();
  for (const { name, variable, wantedBy } of portTable.filter((row) => names.includes(row.name))) {
    const port = ports[name];
    if (seen.has(port))
      throw new Sentence(
        `Port ${port} is given to both ${seen.get(port)} and ${wantedBy}; set ${variable} to another.`,
      );
    seen.set(port, wantedBy);
    if (await isTaken(port))
      throw new Sentence(
        `Port ${port} is taken, and ${wantedBy} wants it: free it, or choose another, as in \`${variable}=${port + 10} npm start\`.`,
      );
  }
}

/** A free port for every row of the table. */
export async function freePorts() {
  const ports = {};
  for (const { name } of portTable) ports[name] = await freePort(Object.values(ports));
  return ports;
}

async function freePort(except) {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomFrom + Math.floor(Math.random() * (randomBelow - randomFrom));
    if (!except.includes(port) && !(await isTaken(port))) return port;
  }
  throw new Sentence(`No free port was found between ${randomFrom} and ${randomBelow}.`);
}
