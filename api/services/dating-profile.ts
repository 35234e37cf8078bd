// Dating profiles: what somebody says of themselves is checked and published, and shown whole to them, in part to others.
import { isTimeZone } from '../../processors/ledger/domain-local-days.ts';
import { cellOf } from '../../schemas/cells.ts';
import {
  adultAge,
  ageBandOf,
  ageMax,
  ageOn,
  type DatingDetails,
  genders,
  intentions,
  profileLimits,
} from '../../schemas/dating.ts';
import { answerProblemOf } from '../../schemas/questionnaire.ts';
import { unknownIn } from '../fields.ts';
import { profileParts } from '../fields-dating.ts';
import { type Fields, inSnakeCase, isObject } from '../names.ts';
import type { DatingPerson } from '../people-door.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { matchesShown, others } from './dating-people.ts';
import { refusedIfDeleted } from './deleted-account.ts';

export type PutProfile = {
  readonly user_id: string;
  readonly status: 'visible' | 'paused';
  readonly name: string;
  readonly birth_date: string;
  readonly gender: string;
  readonly interests: readonly string[];
  readonly aversions: readonly string[];
  readonly prompts: readonly unknown[];
  readonly video_id?: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly wish: Fields;
  readonly answers: Fields;
  readonly time_zone?: string;
};
export type SetStatus = { readonly user_id: string; readonly status: string };
export type GetProfile = { readonly user_id: string; readonly viewer_id?: string };

/** Publishes a whole profile, which replaces the one before. Of the place only its cell is ever kept. */
export async function putProfile(services: Services, request: PutProfile, call: Call) {
  const details = detailsIn(request, services.now());
  if (details instanceof Refusal) return details;
  const deleted = refusedIfDeleted(services, request.user_id);
  if (deleted) return deleted;
  if (request.time_zone !== undefined && !isTimeZone(request.time_zone))
    return wrong('time_zone', 'an IANA time zone, such as Europe/Berlin');
  const age = ageOn(details.birthDate, services.now()) ?? 0;
  const published = await services.people.putProfile(
    {
      ...{ userId: request.user_id, status: request.status, details },
      ageBand: ageBandOf(age) ?? '18-24',
      ...(request.time_zone !== undefined && { timeZone: request.time_zone }),
    },
    call.requestId,
  );
  return { accepted: true, user_id: request.user_id, event_id: published.eventId, token: published.token };
}

export async function setStatus(services: Services, { user_id: userId, status }: SetStatus, call: Call) {
  const deleted = refusedIfDeleted(services, userId);
  if (deleted) return deleted;
  const person = await services.people.person(userId);
  if (!person?.profile) return noSuchProfile('user_id');
  const { eventId, token } = await services.people.setStatus(userId, status, call.requestId);
  return { accepted: true, user_id: userId, status, event_id: eventId, token };
}

/** Whole to its owner; to a viewer what others may see, and only if nothing stands between the two. */
export async function getProfile(services: Services, { user_id: userId, viewer_id: viewerId }: GetProfile) {
  if (services.people.isErased(userId)) return noSuchProfile('user_id');
  const person = await services.people.person(userId);
  if (!person?.profile) return noSuchProfile('user_id');
  if (viewerId === undefined || viewerId === userId) return ownProfile(services, userId, person);
  return (await others(services, viewerId, userId, person)) ?? noSuchProfile('user_id');
}

const noSuchProfile = (field: string) => new Refusal('not_found', 'there is no such dating profile', { field });

function ownProfile(services: Services, userId: string, { profile, online, matches }: DatingPerson) {
  const details = profile?.details ?? null;
  return {
    user_id: userId,
    status: profile?.status,
    age: details && ageOn(details.birthDate, services.now()),
    age_band: profile?.ageBand,
    ...(details && {
      name: details.name,
      birth_date: details.birthDate,
      gender: details.gender,
      interests: details.interests,
      aversions: details.aversions,
      prompts: details.prompts,
      video_id: details.videoId,
      cell: details.cell,
      wish: wishShown(details),
      answers: details.answers,
    }),
    online_hours: online,
    matches: matchesShown(services, matches).length,
    changed_at: new Date(profile?.at ?? 0).toISOString(),
  };
}

export const wishShown = ({ wish }: DatingDetails) => ({
  genders: wish.genders,
  age_min: wish.ageMin,
  age_max: wish.ageMax,
  distance_km: wish.distanceKm,
  intention: wish.intention,
});

const wrong = (field: string, expected: string) =>
  new Refusal('invalid_field', `${field} must be ${expected}`, { field });

function detailsIn(request: PutProfile, now: number): DatingDetails | Refusal {
  const age = ageOn(request.birth_date, now);
  if (age === null) return wrong('birth_date', 'a day that there is, as in 1999-12-31');
  if (age < 0) return wrong('birth_date', 'a day that has been');
  if (age > ageMax) return wrong('birth_date', `at most ${ageMax} years ago`);
  if (age < adultAge)
    return new Refusal('under_age', `birth_date: dating is from ${adultAge} years on`, { field: 'birth_date' });
  const wish = wishIn(request.wish);
  if (wish instanceof Refusal) return wish;
  const prompts = promptsIn(request.prompts);
  if (prompts instanceof Refusal) return prompts;
  const problem = answerProblemOf(request.answers);
  if (problem) return new Refusal('invalid_field', `answers.${problem.name} ${problem.why}`, { field: 'answers' });
  const both = request.interests.find((interest) => request.aversions.map(word).includes(word(interest)));
  if (both !== undefined) return wrong('aversions', `other than the interests: ${both} is among both`);
  if (request.name.trim() === '') return wrong('name', 'a name');
  return {
    name: request.name.trim(),
    birthDate: request.birth_date,
    gender: request.gender,
    interests: words(request.interests),
    aversions: words(request.aversions),
    prompts,
    videoId: request.video_id ?? null,
    cell: cellOf(request.latitude, request.longitude),
    wish,
    answers: request.answers as Readonly<Record<string, number>>,
  };
}

const word = (text: string): string => text.trim().toLowerCase();
/** The same interest in other letters is the same. */
const words = (texts: readonly string[]): string[] =>
  [...new Set(texts.map(word))].filter((text) => text !== '').sort();

function wishIn(given: Fields): DatingDetails['wish'] | Refusal {
  const named = inSnakeCase(given);
  if (named instanceof Refusal) return named;
  const unknown = unknownIn(profileParts.wish, named);
  if (unknown !== undefined)
    return new Refusal('unknown_field', `wish has no ${unknown}`, { field: `wish.${unknown}` });
  const { genders: wished, age_min, age_max, distance_km, intention } = named;
  const known: readonly unknown[] = genders;
  const isWished = Array.isArray(wished) && wished.length > 0 && wished.length <= genders.length;
  if (!isWished || !wished.every((gender) => known.includes(gender)))
    return wrong('wish.genders', `one or more of ${genders.join(', ')}`);
  const ages = `a whole number from ${adultAge} to ${ageMax}`;
  if (!isWhole(age_min, adultAge, ageMax)) return wrong('wish.age_min', ages);
  if (!isWhole(age_max, age_min, ageMax)) return wrong('wish.age_max', `${ages}, and not less than age_min`);
  const { distanceKmMin, distanceKmMax } = profileLimits;
  if (!isWhole(distance_km, distanceKmMin, distanceKmMax))
    return wrong('wish.distance_km', `a whole number from ${distanceKmMin} to ${distanceKmMax}`);
  const intended = intentions.find((one) => one === intention);
  if (!intended) return wrong('wish.intention', `one of ${intentions.join(', ')}`);
  const once = [...new Set(wished as string[])].sort();
  return { genders: once, ageMin: age_min, ageMax: age_max, distanceKm: distance_km, intention: intended };
}

const isWhole = (value: unknown, from: number, to: number): value is number =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

function promptsIn(given: readonly unknown[]): DatingDetails['prompts'] | Refusal {
  const { questionLength, answerLength } = profileLimits;
  const isText = (value: unknown, max: number): value is string =>
    typeof value === 'string' && value.trim() !== '' && value.length <= max;
  const prompts: { question: string; answer: string }[] = [];
  for (const prompt of given) {
    const { question, answer } = isObject(prompt) ? prompt : {};
    if (!isText(question, questionLength) || !isText(answer, answerLength))
      return wrong('prompts', `each a question of at most ${questionLength} and an answer of at most ${answerLength}`);
    prompts.push({ question, answer });
  }
  return prompts;
}
