// user_activity → each user's history: state and recent interactions in Redis, rows in Cassandra, video_engagement.
import { feedbackField, historyRow, recentField } from '../../projections/history.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import type { Emission, Processor } from '../runtime/processor.ts';
import { evolve, type History, initialState, isAboutVideo } from './domain.ts';
import { outcomesOf } from './domain-exposures.ts';

export const history: Processor<History, UserActivity> = {
  name: 'history',
  input: 'user_activity',
  control: 'history_control',
  rules: 2,
  emitsTo: ['video_engagement', 'experiment_outcomes'],
  firstHop: true,
  pushesStates: false,
  // Fewer fetches while events flow; one that comes alone does not wait.
  lingerMs: 3,
  initialState,
  evolve,
  writes: (state, event, at) =>
    event.action === 'exposed'
      ? []
      : [historyRow(event, at), ...recentField(state, event, at), ...feedbackField(event)],
  emits: (state, event, at) => {
    const outcomes = outcomesOf(state.exposures, event, at);
    return isAboutVideo(event) ? [engagementOf(event), ...outcomes] : outcomes;
  },
  tagOf: (event) => event.action,
};

function engagementOf(event: Parameters<typeof history.emits>[1] & { videoId: string | null }): Emission {
  const { action, userId, videoId } = event;
  const watchDurationMs = event.action === 'view' || event.action === 'skip' ? event.watchDurationMs : null;
  const reason = event.action === 'not_interested' ? event.reason : null;
  return { topic: 'video_engagement', key: videoId ?? '', event: { action, videoId, userId, watchDurationMs, reason } };
}
