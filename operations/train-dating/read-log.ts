// What the platform's own log teaches of personality: the answers of profiles whose keys are there, and the pairs of people who both swiped on the other.
import type { Kafka } from 'kafkajs';
import { Registry, Unreadable } from '../../infra/avro.ts';
import type { Config } from '../../infra/config.ts';
import { topicIn } from '../../infra/kafka.ts';
import type { Personal, PersonKeys } from '../../infra/person-keys.ts';
import { readRange } from '../../infra/read-range.ts';
import type { JudgedMeeting, People } from '../../learning/meetings.ts';
import {
  type Traits,
  type TraitValues,
  traitNames,
  traitValuesOf,
} from '../../processors/dating/compat/personality-features.ts';
import { logTimeOf } from '../../processors/runtime/fold.ts';
import type { UserActivity } from '../../schemas/generated.ts';

export type Learnable = { readonly people: People; readonly meetings: readonly JudgedMeeting[] };

/** `at`: append time in ms. */
export type Seen = { readonly event: UserActivity; readonly at: number };

const weekMs = 7 * 86_400_000;
const yearMs = 365.25 * 86_400_000;

export async function readDatingLog(kafka: Kafka, config: Config, keys: PersonKeys): Promise<Learnable> {
  const codec = await new Registry(config.registry.url, config.namespace).codec<UserActivity>('user_activity');
  const raw: { value: Buffer; time: number }[] = [];
  const topic = topicIn(config.namespace, 'user_activity');
  await readRange({ kafka, topic, from: () => 0 }, ({ value, timestamp }) => {
    if (value) raw.push({ value, time: Number(timestamp) });
  });
  const seen: Seen[] = [];
  for (const { value, time } of raw) {
    try {
      const event = await codec.read(value);
      if (isOfDating(event)) seen.push({ event, at: logTimeOf(event, time) });
    } catch (error) {
      // What cannot be read is a dead letter of the processors; nothing is learned from it.
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  return learnableFrom(
    seen.sort((a, b) => a.at - b.at),
    (userId, personal) => keys.decrypt(userId, personal),
  );
}

const isOfDating = ({ action }: UserActivity) =>
  action === 'swipe' || action === 'undo' || action === 'dating_profile' || action === 'dating_status';

type Swipe = { readonly yes: 0 | 1; readonly at: number };

/** @param decrypt the details of a profile, or `erased` once their key is gone: nothing is learned from who was erased */
export function learnableFrom(
  seen: readonly Seen[],
  decrypt: (userId: string, personal: Buffer) => Personal | 'erased',
): Learnable {
  const people = new Map<string, TraitValues>();
  const swipes = new Map<string, Swipe>();
  for (const { event, at } of seen) {
    const { userId } = event;
    if (event.action === 'dating_profile' && event.personal) {
      const details = decrypt(userId, Buffer.from(event.personal));
      const values = details === 'erased' ? null : traitsIn(details.dating, at);
      if (values) people.set(userId, values);
      else people.delete(userId);
    }
    if ((event.action === 'dating_profile' || event.action === 'dating_status') && event.status === 'deleted')
      people.delete(userId);
    if (event.action === 'swipe')
      swipes.set(`${userId}\n${event.targetUserId}`, { yes: event.direction === 'LEFT' ? 0 : 1, at });
    if (event.action === 'undo') swipes.delete(`${userId}\n${event.targetUserId}`);
  }
  return { people, meetings: [...swipes].flatMap(([ids, swipe]) => meetingOf(ids, swipe, swipes, people)) };
}

/** Of pairs alone whose both sides have judged: a swipe without an answer says nothing of a match. Their wave is the week in which it was decided. */
function meetingOf(
  ids: string,
  { yes, at }: Swipe,
  swipes: ReadonlyMap<string, Swipe>,
  people: People,
): JudgedMeeting[] {
  const [person, partner] = ids.split('\n') as [string, string];
  const answer = swipes.get(`${partner}\n${person}`);
  if (!answer || !people.has(person) || !people.has(partner)) return [];
  const wave = String(Math.floor(Math.max(at, answer.at) / weekMs));
  return [{ person, partner, wave, yes, match: yes === 1 && answer.yes === 1 ? 1 : 0 }];
}

/** The allow-list: whatever else a profile holds is not looked at. */
function traitsIn(dating: unknown, at: number): TraitValues | null {
  const { answers, birthDate } = (dating ?? {}) as { answers?: Record<string, unknown>; birthDate?: string };
  const known: Record<string, number> = {};
  for (const name of traitNames) {
    const value = answers?.[name];
    if (typeof value === 'number' && Number.isFinite(value)) known[name] = value;
  }
  if (Object.keys(known).length === 0) return null;
  const age = birthDate ? Math.floor((at - Date.parse(birthDate)) / yearMs) : Number.NaN;
  return traitValuesOf((Number.isFinite(age) ? { ...known, age } : known) as Traits);
}
