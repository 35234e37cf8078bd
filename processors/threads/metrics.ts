// What the threads of the processors' process tell Prometheus, as one.
import { AggregatorRegistry, type Registry } from 'prom-client';

export type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Of a thread, and not of the whole process, of which the first thread tells. */
const ofThread = /^(nodejs_eventloop_|nodejs_heap_|nodejs_gc_|processor_)/;

export const ownOfThread = (metrics: Metrics): Metrics => metrics.filter(({ name }) => ofThread.test(name));

/** Counts and heaps are summed up; delays of event loops are put together as each asks for: the largest, the average. */
export async function metricsText(first: Registry, others: readonly Metrics[]): Promise<string> {
  if (others.length === 0) return first.metrics();
  // Of several processes some figures would say nothing, and so are left out; here they are of one.
  const own = (await first.getMetricsAsJSON()).map((metric) =>
    ofThread.test(metric.name) ? metric : { ...metric, aggregator: 'first' },
  );
  return AggregatorRegistry.aggregate([own, ...others]).metrics();
}
