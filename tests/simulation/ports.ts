// The runner's ports over the simulated world: every call is an effect that waits for the scheduler.
import { Unreadable, WriterUnknown } from '../../infra/avro.ts';
import { gateOf } from '../../processors/runtime/live-gate.ts';
import type { OwnerPorts } from '../../processors/runtime/owner.ts';
import type { Changes, ControlLog, Decoder, Fence, StateStore } from '../../processors/runtime/ports.ts';
import { shadowControl, shadowGate, silent } from '../../processors/runtime/shadow-ports.ts';
import type { Process } from './cluster.ts';
import { claimOf, letterOf, shadowClaimOf } from './control.ts';
import { derivedOf } from './derived-port.ts';
import { viewOf } from './generations.ts';
import type { Line } from './scheduler.ts';
import { type Envelope, tableOf } from './tables.ts';
import { type Seat, tagOf, type World } from './world.ts';

export type Host = { readonly process: Process; readonly line: Line };

export function portsOf(world: World, seat: Seat, host: Host): OwnerPorts {
  const generations = viewOf(world.generations, host.process.generations, { ...world, line: host.line });
  return {
    states: statesOf(world, seat, host),
    rows: { write: (rows) => writeRows(world, seat, host, rows) },
    derived: derivedOf(world, seat, host),
    control: controlOf(world, seat, host),
    decoder: decoderOf(world, host),
    gate: gateOf(tableOf(seat.processor, host.process.build), generations, seat.generation),
  };
}

/** The same stores, but silent, and its claims fence other shadows alone. */
export function shadowPortsOf(world: World, seat: Seat, host: Host): OwnerPorts {
  const { scheduler, control } = world;
  const { line, process } = host;
  const { processor, partition, generation } = seat;
  const generations = viewOf(world.generations, process.generations, { ...world, line });
  const claim = async (_: number, build: number) => {
    const entry = shadowClaimOf(build, generation);
    const token = await scheduler.effect(line, 'claim', () => control.append(processor, partition, entry));
    return scheduler.effect(line, 'claim read', () => {
      const { skips } = process.reader.readTo(processor, partition, token);
      return { token, newestBuild: -1, skips };
    });
  };
  const states = statesOf(world, seat, host);
  return {
    ...portsOf(world, seat, host),
    states: { ...states, commit: (partition, fence, changes) => states.commit(partition, fence, changes, null) },
    derived: silent,
    control: shadowControl(claim),
    gate: shadowGate(processor, generations, generation),
  };
}

export function statesOf(world: World, seat: Seat, { line }: Host): StateStore {
  const { redis, scheduler, guards } = world;
  const tag = tagOf(seat);
  const committed = async (fence: Fence, changes: Changes) => {
    if (guards.atomicCommit) return scheduler.effect(line, 'commit', () => redis.commit(tag, fence, changes));
    const first = await scheduler.effect(line, 'commit', () => redis.commitStates(tag, fence, changes));
    if (first === 'lost') return first;
    return scheduler.effect(line, 'offset', () => redis.commitOffset(tag, fence, changes));
  };
  return {
    acquire: (_, token) => scheduler.effect(line, 'acquire', () => redis.acquire(tag, token)),
    resume: (_, token) => scheduler.effect(line, 'resume', () => redis.resume(tag, token)),
    read: (_, fence, wanted) => scheduler.effect(line, 'read', () => redis.read(tag, fence, wanted)),
    commit: async (_, fence, changes, told) => {
      const answer = await committed(fence, changes);
      if (answer === 'lost' || !told) return answer;
      world.say(`${line.name} has committed ${fence.offset} to ${changes.next}`);
      world.pushed.push({ seat, to: changes.next, states: changes.states });
      return answer;
    },
  };
}

/** Each row is a batch of its own: of several, some may be written and some not. */
async function writeRows(
  { scheduler, rows, random }: World,
  { generation }: Seat,
  { line }: Host,
  writes: Parameters<Exclude<OwnerPorts['rows'], null>['write']>[0],
): Promise<void> {
  if (writes.length === 0) return;
  await scheduler.effect(line, 'rows', (whole) => {
    for (const row of writes) if (whole || random.chance(0.5)) rows.write(generation, row);
  });
}

export function controlOf(world: World, { processor, partition }: Seat, { process, line }: Host): ControlLog {
  const { scheduler, control, random } = world;
  /** The reader may be further than who waits for it. */
  const read = (offset: number) => {
    const end = control.of(processor, partition).length - 1;
    return process.reader.readTo(processor, partition, random.chance(0.5) ? offset : end);
  };
  return {
    newestBuild: () => {
      const newest = process.reader.summaryOf(processor, partition).newestBuild;
      if (newest > process.build) world.coverage.hit('older build stands back', 'anywhere');
      return newest;
    },
    claim: async (_, build) => {
      const token = await scheduler.effect(line, 'claim', () => control.append(processor, partition, claimOf(build)));
      return scheduler.effect(line, 'claim read', () => {
        const { newestBuild, skips } = read(token);
        return { token, newestBuild, skips: new Set(skips) };
      });
    },
    deadLetter: async (_, token, build, letter) => {
      const entry = letterOf(token, build, letter);
      const offset = await scheduler.effect(line, 'letter', () => {
        world.say(`  ${processor}:${partition} @${letter.record.offset} is dead-lettered under ${token}`);
        world.coverage.hit('dead letter', 'anywhere');
        return control.append(processor, partition, entry);
      });
      return scheduler.effect(line, 'letter read', () => {
        const { skips } = read(offset);
        return skips.has(letter.record.offset) ? 'counts' : 'superseded';
      });
    },
  };
}

function decoderOf({ scheduler }: World, { process, line }: Host): Decoder<unknown> {
  const parse = (value: Buffer | null) => JSON.parse(String(value)) as Envelope;
  return {
    decode: (value) => {
      const event = parse(value);
      if (!process.schemas.has(event.schema)) throw new WriterUnknown(`schema ${event.schema}`);
      if (event.trouble.unreadableIn.includes(process.build)) throw new Unreadable(`in build ${process.build}`);
      return event;
    },
    prepare: async (value) => {
      const { schema } = parse(value);
      await scheduler.effect(line, 'schema', () => process.schemas.add(schema));
    },
  };
}
