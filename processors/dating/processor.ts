// user_activity → each user's dating profile, online times and matches.
import { matchRow } from '../../projections/match-history.ts';
import { profileMemo } from '../../projections/profile-entries.ts';
import type { UserActivity } from '../../schemas/generated.ts';
import type { Processor } from '../runtime/processor.ts';
import { type Dating, evolve, initialState } from './domain.ts';

export const dating: Processor<Dating, UserActivity> = {
  name: 'dating',
  input: 'user_activity',
  control: 'dating_control',
  rules: 2,
  emitsTo: [],
  firstHop: true,
  // States hold more than others may copy, and change with everything that a user does: of profiles alone the entries are told.
  pushesStates: false,
  pushesMemosOf: 'profile:',
  // A profile that is changed is seen at once, unless so much else goes on; who is online may be told a moment later.
  lingerMs: 50,
  initialState,
  evolve,
  writes: (state, event, at, before) => [
    ...profileMemo(event.userId, state, before),
    ...state.matches.filter(({ offset }) => offset === at.offset).map((match) => matchRow(event.userId, match, at)),
  ],
  emits: () => [],
  tagOf: (event) => event.action,
};
