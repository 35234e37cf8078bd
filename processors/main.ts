// The processors' process: runs every processor, the effects worker and the clock (or those that PROCESSORS names) and answers /ready and /metrics.
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Registry as MetricsRegistry } from 'prom-client';
import { connectCassandra, createCassandra } from '../infra/cassandra.ts';
import { readConfig } from '../infra/config.ts';
import { createLog } from '../infra/log.ts';
import { createProviders } from '../infra/providers/list.ts';
import { clockName, startClock } from './clock/connected.ts';
import { EffectsWorker, effectsName } from './effects/worker.ts';
import { processorList } from './list.ts';
import { ProcessorMetrics } from './runtime/metrics.ts';
import { Runner } from './runtime/runner.ts';

const config = readConfig();
const log = createLog('processors', config.logLevel);
const metrics = new MetricsRegistry();
collectDefaultMetrics({ register: metrics });

const fatal = (why: string) => {
  log.fatal(why);
  process.exit(1);
};
process.on('unhandledRejection', (reason) =>
  fatal(`unhandled rejection: ${reason instanceof Error ? reason.stack : reason}`),
);

const only = config.processors.only;
const isWanted = (name: string) => only.length === 0 || only.includes(name);
const list = processorList.filter(({ name }) => isWanted(name));
const cassandra = createCassandra(config, log);
const runner = new Runner({
  config,
  log,
  cassandra,
  processors: list,
  metrics: new ProcessorMetrics(metrics),
  onFatal: fatal,
});
const effects = isWanted(effectsName)
  ? new EffectsWorker({ config, log, providers: createProviders(config, log), onFatal: fatal })
  : null;
const server = serve();

process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

await connectCassandra(cassandra, log);
await Promise.all([list.length > 0 ? runner.start() : undefined, effects?.start()]);
const clock = isWanted(clockName) ? await startClock({ config, log, processors: processorList, onFatal: fatal }) : null;
const others = [...(effects ? [effectsName] : []), ...(clock ? [clockName] : [])];
log.info({ processors: [...list.map(({ name }) => name), ...others] }, 'processors run');

function serve(): Server {
  const answer = createServer((request, response) => {
    void (async () => {
      if (request.url === '/metrics') {
        response.setHeader('content-type', metrics.contentType);
        response.end(await metrics.metrics());
        return;
      }
      const status = statusNow();
      response.statusCode = status.ready ? 200 : 503;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(status));
    })();
  });
  return answer.listen(config.processors.port, config.processors.host);
}

/** The effects worker is ready once it knows what is settled; the runner once it folds. */
function statusNow() {
  const folding = list.length > 0 ? runner.status() : { ready: true };
  return effects ? { ...folding, ready: folding.ready && effects.status().ready, effects: effects.status() } : folding;
}

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  server.close();
  await Promise.all([list.length > 0 ? runner.stop() : undefined, effects?.stop(), clock?.stop()]);
  await cassandra.shutdown();
  process.exit(0);
}
