// The shapes of answers about persons: profiles, matches, all of one's data, the end of an account.
import { flag, listOf, number, shape, text, textOrNull, time, timeOrNull, whole } from './answers.ts';
import { profileParts } from './fields-dating.ts';

const token = { ...text, description: 'for reads that must see it' };
export const published = shape({ accepted: { const: true }, user_id: text, event_id: text, token });
export const statusSet = shape({ accepted: { const: true }, user_id: text, status: text, event_id: text, token });

const prompt = shape({ question: text, answer: text });
const wish = shape({ genders: listOf(text), age_min: whole, age_max: whole, distance_km: whole, intention: text });
const age = { type: ['integer', 'null'] } as const;
const ownOnly = ['birth_date', 'aversions', 'cell', 'wish', 'answers', 'age_band', 'online_hours', 'matches'];

export const profile = shape(
  {
    user_id: text,
    status: text,
    name: text,
    age,
    gender: text,
    interests: listOf(text),
    prompts: listOf(prompt),
    video_id: textOrNull,
    intention: { ...text, description: 'to others: what the person looks for' },
    birth_date: { ...text, description: 'to the person alone, like all that follows' },
    aversions: listOf(text),
    cell: { ...text, description: 'the place, as near as it is kept' },
    wish,
    answers: profileParts.answers,
    age_band: text,
    online_hours: { ...listOf(number), description: 'by UTC hour, fading' },
    matches: whole,
    changed_at: time,
  },
  ['name', 'gender', 'interests', 'prompts', 'video_id', 'intention', ...ownOnly, 'changed_at'],
);

const match = shape({
  match_id: text,
  user_id: text,
  status: text,
  paid_by: { ...listOf(text), description: 'who has paid for the unlock and waits for the other' },
  waits_until: { ...timeOrNull, description: 'when what they paid goes back; null where nobody waits' },
  matched_at: time,
  changed_at: time,
});
export const matchHistoryPage = shape({ user_id: text, matches: listOf(match), next_cursor: textOrNull });

export const exported = shape(
  {
    user_id: text,
    part: { type: 'string', enum: ['person', 'events', 'matches', 'statement'] },
    profile: { type: ['object', 'null'] },
    wallet: { type: 'object' },
    events: listOf({ type: 'object' }),
    matches: listOf(match),
    statement: listOf({ type: 'object' }),
    next_cursor: textOrNull,
  },
  ['profile', 'wallet', 'events', 'matches', 'statement'],
);

export const deleted = shape({
  user_id: text,
  deleted: { const: true },
  visible: { ...flag, description: 'false: it is in the log, but not everywhere yet' },
  token: textOrNull,
});
