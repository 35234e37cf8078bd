// The routes of persons: their dating profile and matches, all of their data, the end of their account.

import { genders, profileLimits } from '../schemas/dating.ts';
import { datingStatuses, valueShapes } from '../schemas/ids.ts';
import { self, viewer } from './access.ts';
import * as answers from './answers-people.ts';
import { field, objectOf, oneOf } from './fields.ts';
import { profileExample, profileParts } from './fields-dating.ts';
import { costs } from './limits/policies.ts';
import { type Route, route } from './route.ts';
import { deletePerson, type Export, exportPerson } from './services/accounts.ts';
import { type GetMatchHistory, getMatchHistory } from './services/dating-people.ts';
import {
  type GetProfile,
  getProfile,
  type PutProfile,
  putProfile,
  type SetStatus,
  setStatus,
} from './services/dating-profile.ts';

const { nameLength, interests, wordLength, prompts } = profileLimits;
const words = {
  type: 'array',
  maxItems: interests,
  default: [],
  items: { type: 'string', minLength: 1, maxLength: wordLength },
  description: `at most ${interests} words of 1 to ${wordLength} characters`,
};
const degrees = (max: number) => ({
  ...{ type: 'number', minimum: -max, maximum: max },
  description: `degrees from -${max} to ${max}; only the cell of about 2 km is kept`,
});

const profileFields = {
  user_id: field.id,
  status: { ...oneOf(['visible', 'paused']), default: 'visible' },
  name: { type: 'string', minLength: 1, maxLength: nameLength, description: `1 to ${nameLength} characters` },
  birth_date: field.birthDate,
  gender: oneOf(genders),
  interests: words,
  aversions: words,
  prompts: { type: 'array', maxItems: prompts, default: [], description: `at most ${prompts} questions with answers` },
  video_id: field.id,
  latitude: degrees(90),
  longitude: degrees(180),
  wish: { type: 'object', description: 'an object: genders, age_min, age_max, distance_km, intention' },
  answers: {
    ...{ type: 'object', maxProperties: 100, default: {} },
    description: 'an object: numbers by the questions of the questionnaire',
  },
  time_zone: valueShapes.timeZone,
};
const required = ['user_id', 'name', 'birth_date', 'gender', 'latitude', 'longitude', 'wish'];
const profileShown = { ...objectOf({ ...profileFields, ...profileParts }, required), example: profileExample };
const ofPerson = objectOf({ id: field.id }, ['id']);
const accepted = () => 202;

export const peopleRoutes: readonly Route[] = [
  route<PutProfile>({
    method: 'put',
    path: '/api/dating/profile',
    access: self('user_id'),
    slug: 'dating',
    summary: 'A whole dating profile, in place of the one before; from 18 years on',
    body: { ...objectOf(profileFields, required), additionalProperties: false },
    bodyShown: profileShown,
    answer: answers.published,
    status: accepted,
    run: putProfile,
  }),
  route<GetProfile>({
    method: 'get',
    path: '/api/dating/profile',
    access: viewer('user_id', 'viewer_id'),
    slug: 'dating',
    summary: 'A dating profile: whole to its owner, to a viewer what others may see',
    query: objectOf({ user_id: field.id, viewer_id: field.id }, ['user_id']),
    answer: answers.profile,
    sees: ['dating'],
    run: getProfile,
  }),
  route<SetStatus>({
    method: 'post',
    path: '/api/dating/status',
    access: self('user_id'),
    slug: 'dating',
    summary: 'Shows, pauses or takes away a dating profile',
    body: objectOf({ user_id: field.id, status: oneOf(datingStatuses) }, ['user_id', 'status']),
    answer: answers.statusSet,
    status: accepted,
    run: setStatus,
  }),
  route<GetMatchHistory>({
    method: 'get',
    path: '/api/dating/match-history',
    access: self('user_id'),
    cost: costs.rows,
    slug: 'dating',
    summary: 'All matches of a user, newest first',
    query: objectOf({ user_id: field.id, limit: field.limit, cursor: field.cursor }, ['user_id']),
    answer: answers.matchHistoryPage,
    sees: ['pairs', 'dating'],
    run: getMatchHistory,
  }),
  route<Export>({
    method: 'get',
    path: '/api/users/{id}/export',
    access: self('id'),
    cost: costs.export,
    budget: 'exports',
    slug: 'users',
    summary: 'All that is kept of a person, page by page: profile and wallet, events, matches, statement',
    params: ofPerson,
    query: objectOf({ limit: { ...field.limit, default: 100 }, cursor: field.cursor }),
    answer: answers.exported,
    sees: ['history', 'dating'],
    run: exportPerson,
  }),
  route<{ id: string }>({
    method: 'delete',
    path: '/api/users/{id}',
    access: self('id', 'operator'),
    cost: costs.decision,
    slug: 'users',
    summary: 'Ends an account for good: personal details can never be read again, and nobody sees the person any more',
    params: ofPerson,
    answer: answers.deleted,
    statuses: [200, 202],
    status: (answer) => ((answer as { visible: boolean }).visible ? 200 : 202),
    run: deletePerson,
  }),
];
