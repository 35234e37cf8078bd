// How each kind of fault is done to the platform; resolves when it is over and recovery begins.
import { setTimeout as pause } from 'node:timers/promises';
import { type Random, seeded } from '../../producers/simulate/random.ts';
import { deliverAgain } from './again.ts';
import type { FaultKind, Step } from './plan.ts';
import type { Platform } from './platform.ts';
import { appendPoison, poisonKinds } from './poison.ts';
import type { ServerName } from './servers.ts';

export type Injected = { readonly notes?: readonly string[]; readonly failures?: readonly string[] };
type Fault = (platform: Platform, step: Step, random: Random) => Promise<Injected>;

/** A broker takes so long to start. */
const brokerStartMs = 4_000;
const stopMsMax = 2_000;
const giveUpStopMs = 15_000;
const coldStartAfterMs = 1_000;
/** So often Redis is set back to where it was before the seed's first event. */
const toTheBeginning = 0.3;

const down =
  (name: ServerName, comesUpWithinMs: number): Fault =>
  async ({ servers }, { forMs }) => {
    await servers.of(name).kill();
    await pause(Math.max(0, forMs - comesUpWithinMs));
    await servers.of(name).start();
    return {};
  };

const anyProcessors = ({ processors }: Platform, random: Random) => random.pick(processors);

const faults: Readonly<Record<FaultKind, Fault>> = {
  'processor killed': async (platform, _step, random) => {
    const process = anyProcessors(platform, random);
    await process.kill();
    return { notes: [process.spec.name] };
  },
  'API killed': async ({ api }) => {
    await api.kill();
    return {};
  },
  'processor frozen': async (platform, { forMs }, random) => {
    const process = anyProcessors(platform, random);
    process.freeze();
    await pause(forMs);
    process.thaw();
    return { notes: [process.spec.name] };
  },
  'broker killed': down('kafka', brokerStartMs),
  'registry down': async (platform, step, random) => {
    await platform.servers.shutRegistry();
    await pause(coldStartAfterMs);
    const process = anyProcessors(platform, random);
    await process.kill();
    await pause(Math.max(0, step.forMs - coldStartAfterMs));
    await platform.servers.openRegistry();
    return { notes: [`meanwhile ${process.spec.name} was started without any schema`] };
  },
  'Cassandra stopped': async ({ servers }, { forMs }) => {
    servers.of('cassandra').hold();
    await pause(forMs);
    servers.of('cassandra').letGo();
    return {};
  },
  'Cassandra slow': async ({ servers }, { forMs }, random) => {
    const untilMs = performance.now() + forMs;
    while (performance.now() < untilMs) {
      servers.of('cassandra').hold();
      await pause(400 + random.whole(800));
      servers.of('cassandra').letGo();
      await pause(50 + random.whole(150));
    }
    return {};
  },
  'Redis killed': down('redis', 0),
  'Redis set back': async ({ servers }, { forMs }, random) => {
    const isToTheBeginning = forMs === 0 || random.next() < toTheBeginning;
    if (!isToTheBeginning) servers.keepRedis();
    if (!isToTheBeginning) await pause(forMs);
    await servers.setRedisBack();
    return { notes: [isToTheBeginning ? 'to the beginning' : `by ${(forMs / 1_000).toFixed(0)} s`] };
  },
  'batches again': async (platform, { seed }) => ({ notes: [`${await deliverAgain(platform, seed)} records`] }),
  poison: async (platform, { seed }) => ({
    notes: [`${await appendPoison(platform, seed)} records of ${poisonKinds.length} kinds`],
  }),
  'processors added': async (platform) => {
    platform.addProcessors();
    platform.addProcessors();
    return { notes: [`${platform.processors.length} processes`] };
  },
  'processor taken away': async (platform) => {
    const ms = await platform.takeProcessorAway(giveUpStopMs);
    const failures = ms > stopMsMax ? [`SIGTERM under load took ${ms.toFixed(0)} ms, not ${stopMsMax} at most`] : [];
    return { notes: [`ended ${ms.toFixed(0)} ms after SIGTERM, ${platform.processors.length} processes`], failures };
  },
};

export const inject = (platform: Platform, step: Step): Promise<Injected> =>
  faults[step.kind](platform, step, seeded(step.seed));
