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

/** As wanted, but with GRPC_PORTS=free every gRPC service without a variable of its own has a free one. */
export async function chosenPorts(environment = process.env) {
  const ports = wantedPorts(environment);
  if (environment.GRPC_PORTS?.trim() !== 'free') return ports;
  for (const { name, variable } of portTable.filter(({ isGrpc }) => isGrpc))
    if (!environment[variable]) ports[name] = await freePort(Object.values(ports));
  return ports;
}

/** Those of gRPC lie where outgoing connections have theirs: one that does not answer is given back soon, and the API waits for it. */
const isHeld = ({ isGrpc }, port) => (isGrpc ? answers(port) : isTaken(port));

/** Fails with one sentence on those of the named ports that somebody else holds, or on one that two would share. */
export async function checkPorts(ports, names, environment = process.env) {
  const seen = new Map();
  const taken = [];
  for (const row of portTable.filter(({ name }) => names.includes(name))) {
    const { name, variable, wantedBy } = row;
    const port = ports[name];
    if (seen.has(port))
      throw new Sentence(
        `Port ${port} is given to both ${seen.get(port)} and ${wantedBy}; set ${variable} to another.`,
      );
    seen.set(port, wantedBy);
    if (await isHeld(row, port)) taken.push({ ...row, port });
  }
  if (taken.length > 0) throw new Sentence(takenSentence(taken, environment));
}

function takenSentence(taken, environment) {
  const isFreed = ({ isGrpc, variable }) => isGrpc && !environment[variable];
  const others = taken.filter((row) => !isFreed(row)).map(({ variable, port }) => `${variable}=${port + 10}`);
  const command = [...(taken.some(isFreed) ? ['GRPC_PORTS=free'] : []), ...others, 'npm start'].join(' ');
  if (taken.length === 1) {
    const [{ port, wantedBy }] = taken;
    return `Port ${port} is taken, and ${wantedBy} wants it: free it, or choose another, as in \`${command}\`.`;
  }
  const wanted = taken.map(({ port, wantedBy }) => `${port} (${wantedBy})`).join(', ');
  return `Ports are taken that are wanted: ${wanted}; free them, or choose others, as in \`${command}\`.`;
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
