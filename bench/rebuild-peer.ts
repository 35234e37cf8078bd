// Kafka Streams making the state of `history` from scratch, under the same live load: from the input, then from its changelogs.
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { KafkaStreamsApplication, tuned } from './peers/kafka-streams/application.ts';
import type { Built } from './peers/kafka-streams/built.ts';
import { underLoad } from './rebuild-load.ts';

/** Seconds, the start of the process included, as in ours. */
export type PeerTimes = { readonly reprocessing: number; readonly restoring: number; readonly restored: number };

export async function rebuildPeer(
  own: Config,
  log: Log,
  { peer, url, events }: { peer: Built; url: string; events: number },
): Promise<PeerTimes> {
  const application = new KafkaStreamsApplication(peer, own, { tuning: { ...tuned, withVideos: false } });
  try {
    const reprocessing = await timed(url, async () => {
      const child = application.start(events);
      await child.says('running');
      await child.folds({});
      return child;
    });
    await reprocessing.child.stop();
    application.forgetLocalState();
    let restored = 0;
    const restoring = await timed(url, async () => {
      const child = application.start(0);
      restored = Number((await child.says('running')).restored);
      return child;
    });
    await restoring.child.stop();
    // An id and an interaction per event, and the users' states: less would not be the state.
    if (restored < 2 * events) throw new Error(`only ${restored} records were restored`);
    return { reprocessing: reprocessing.seconds, restoring: restoring.seconds, restored };
  } finally {
    await application.remove(log);
  }
}

async function timed<T>(url: string, work: () => Promise<T>): Promise<{ seconds: number; child: T }> {
  const startedAt = performance.now();
  let result: { seconds: number; child: T } | null = null;
  await underLoad(url, async () => {
    const child = await work();
    result = { seconds: (performance.now() - startedAt) / 1_000, child };
  });
  if (!result) throw new Error('the work ended without a result');
  return result;
}
