// The processors' process: runs every processor, the effects worker and the clock (or those that PROCESSORS names) and answers /ready and /metrics.
import { createServer, type Server, type ServerResponse } from 'node:http';
import { collectDefaultMetrics } from 'prom-client';
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { createProviders } from '../infra/providers/list.ts';
import { clockName, startClock } from './clock/connected.ts';
import { EffectsWorker, effectsName } from './effects/worker.ts';
import { processorList } from './list.ts';
import { Unanswered } from './threads/thread.ts';
import { Threads } from './threads/threads.ts';

const config = readConfig();
const log = createLog('processors', config.logLevel);

const fatal = (why: string) => {
  log.fatal(why);
  process.exit(1);
};
process.on('unhandledRejection', (reason) =>
  fatal(`unhandled rejection: ${reason instanceof Error ? reason.stack : reason}`),
);

const only = config.processors.only;
const isWanted = (name: string) => only.length === 0 || only.includes(name);
const processors = processorList.map(({ name }) => name).filter(isWanted);
const { threads } = config.processors;
const folding = new Threads({ config, processors, hasRows: true, threads, log, onFatal: fatal });
collectDefaultMetrics({ register: folding.registry });
const effects = isWanted(effectsName)
  ? new EffectsWorker({ config, log, providers: createProviders(config, log), onFatal: fatal })
  : null;
const server = serve();

/** Null while it starts. */
let running: { readonly clock: Awaited<ReturnType<typeof startClock>> | null } | null = null;
let stopping = false;
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

await Promise.all([folding.start(), effects?.start()]);
const clock = isWanted(clockName) ? await startClock({ config, log, processors: processorList, onFatal: fatal }) : null;
running = { clock };
const others = [...(effects ? [effectsName] : []), ...(clock ? [clockName] : [])];
log.info({ processors: [...processors, ...others], threads }, 'processors run');

function serve(): Server {
  const answer = createServer(async ({ url }, response) => {
    try {
      await (url === '/metrics' ? answerMetrics(response) : answerStatus(response));
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      response.writeHead(503).end(error.message);
    }
  });
  return answer.listen(config.processors.port, config.processors.host);
}

async function answerMetrics(response: ServerResponse): Promise<void> {
  const text = await folding.metrics();
  response.setHeader('content-type', folding.registry.contentType).end(text);
}

async function answerStatus(response: ServerResponse): Promise<void> {
  const status = await statusNow();
  response.writeHead(status.ready ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(status));
}

/** The effects worker is ready once it knows what is settled; the processors once they fold. */
async function statusNow() {
  const status = await folding.status();
  return effects ? { ...status, ready: status.ready && effects.status().ready, effects: effects.status() } : status;
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  server.close();
  // A start may wait for servers without end. What folds already loses nothing by it, as if the process were killed.
  if (running) await Promise.all([folding.stop(), effects?.stop(), running.clock?.stop()]);
  process.exit(0);
}
