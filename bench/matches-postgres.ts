// The same people in PostgreSQL and the same page of matches in one statement: the nearest who suit, scored by the same rules, the best first.
import type { DatingProfile } from '../processors/dating/compat/person.ts';
import { dayOf } from '../processors/dating/compat/person.ts';
import { compatRules } from '../processors/dating/compat/rules.ts';
import { shellPeople } from '../projections/dating-shell.ts';
import { centreOf, distanceKmMin } from '../schemas/cells.ts';
import { berlin } from './dating-world.ts';
import type { PostgresCluster } from './postgres.ts';

const earthKm = 6_371.0088;
const kmPerDegree = (Math.PI * earthKm) / 180;
/** Interests have the names interest0 to interest299. */
const interestBits = 300;
const genders = ['woman', 'man', 'nonbinary'];

export const settings = { shared_buffers: '512MB', jit: 'off', random_page_cost: '1.1', work_mem: '16MB' };

/** Places are also points of a plane around the city, in km, so that a GiST index can walk from the nearest outwards; distances are then computed on the sphere. */
const columns = `
  n int NOT NULL, id text NOT NULL, name text NOT NULL, gender text NOT NULL, genders text[] NOT NULL, age_min int NOT NULL, age_max int NOT NULL,
  distance_km int NOT NULL, intention text NOT NULL, birth_day int NOT NULL, latitude float8 NOT NULL, longitude float8 NOT NULL, place point NOT NULL,
  interests bit(${interestBits}) NOT NULL, aversions bit(${interestBits}) NOT NULL`;

/** Candidates are parted by gender, so that an index holds none that a viewer does not wish for; bit sets make shared interests one instruction. */
const schema = `
CREATE TABLE viewers (${columns}, PRIMARY KEY (n));
CREATE TABLE people (${columns}) PARTITION BY LIST (gender);
${genders.map((gender) => `CREATE TABLE people_${gender} PARTITION OF people FOR VALUES IN ('${gender}');`).join('\n')}
CREATE TABLE swipes (by_id text, target_id text, PRIMARY KEY (by_id, target_id));`;

const indexes = `
INSERT INTO people SELECT * FROM viewers;
CREATE INDEX ON people USING gist (place);
VACUUM ANALYZE;`;

const fields = (value: readonly string[]): string => `{${value.join(',')}}`;

function bitsOf(names: readonly string[]): string {
  const set = new Set(names.map((name) => Number(name.replace('interest', ''))));
  return Array.from({ length: interestBits }, (_, n) => (set.has(n) ? '1' : '0')).join('');
}

function rowOf(n: number, id: string, { dating }: DatingProfile): string {
  if (!dating) throw new Error('a profile without details');
  const { latitude, longitude } = centreOf(dating.cell);
  const x = longitude * kmPerDegree * Math.cos((berlin.latitude * Math.PI) / 180);
  const place = `(${x},${latitude * kmPerDegree})`;
  const radians = [latitude, longitude].map((degrees) => String((degrees * Math.PI) / 180));
  const { wish } = dating;
  const wished = [fields(wish.genders), wish.ageMin, wish.ageMax, wish.distanceKm, wish.intention];
  const birthDay = dating.birthDate.replaceAll('-', '');
  const interests = [bitsOf(dating.interests), bitsOf(dating.aversions)];
  return [n, id, dating.name, dating.gender, ...wished, birthDay, ...radians, place, ...interests].join('\t');
}

/** @param idOf the name of the nth */
export function fillPeople(
  cluster: PostgresCluster,
  people: Iterable<DatingProfile>,
  idOf: (n: number) => string,
): void {
  const rows = Array.from(people, (profile, n) => rowOf(n, idOf(n), profile));
  cluster.sql(`${schema}\nCOPY viewers FROM stdin;\n${rows.join('\n')}\n\\.\n${indexes}`);
}

const { weights, unknown, fullAgeShare, ageFitAtEnd, yearsBeyond } = compatRules;

/** 1 in the middle part, falling to its end and beyond, as `ageFit` says. */
function ageFit(min: string, max: string, age: string): string {
  const [half, off] = [`((${max} - ${min}) / 2.0::float8)`, `abs(${age} - (${min} + ${max}) / 2.0::float8)`];
  return `CASE WHEN ${off} <= ${half} * ${fullAgeShare}::float8 THEN 1
    WHEN ${off} <= ${half} THEN 1 - ${1 - ageFitAtEnd}::float8 * (${off} - ${half} * ${fullAgeShare}::float8) / (${half} * ${1 - fullAgeShare}::float8)
    ELSE greatest(0, ${ageFitAtEnd}::float8 * (1 - (${off} - ${half}) / ${yearsBeyond}::float8)) END`;
}

/** What neither side knows here (online times, no model of personality) counts as the rules say, and is not computed. */
const constant = unknown * (weights.activity + weights.personality);

const kmOf = `greatest(${distanceKmMin}, ceil(2 * ${earthKm}::float8 * asin(sqrt(least(1, sin((v.latitude - c.latitude) / 2) ^ 2
  + cos(v.latitude) * cos(c.latitude) * sin((v.longitude - c.longitude) / 2) ^ 2)))))`;

/** @param viewer an SQL expression: the viewer's number @param now ms */
export function matchesQuery(viewer: string, now: number, limit: number): string {
  const day = dayOf(now);
  return `
WITH v AS MATERIALIZED (SELECT *, (${day} - birth_day) / 10000 AS age FROM viewers WHERE n = ${viewer}),
near AS (
  SELECT p.* FROM v CROSS JOIN unnest(v.genders) wished CROSS JOIN LATERAL (
    SELECT c.*, (${day} - c.birth_day) / 10000 AS age, km FROM people c CROSS JOIN LATERAL (SELECT ${kmOf} AS km) distance
    WHERE c.gender = wished AND c.place <@ box(point(v.place[0] - v.distance_km - 3, v.place[1] - v.distance_km - 3), point(v.place[0] + v.distance_km + 3, v.place[1] + v.distance_km + 3))
      AND c.birth_day <= ${day} - 10000 * greatest(v.age_min, ${compatRules.adultAge}) AND c.birth_day > ${day} - 10000 * (v.age_max + 1)
      AND c.age_min <= v.age AND c.age_max >= v.age AND v.gender = ANY (c.genders)
      AND (c.intention = v.intention OR c.intention = 'open' OR v.intention = 'open')
      AND km <= least(c.distance_km, v.distance_km) AND c.id <> v.id
      AND NOT EXISTS (SELECT 1 FROM swipes s WHERE s.by_id = v.id AND s.target_id = c.id)
    ORDER BY c.place <-> v.place LIMIT ${shellPeople}) p
  ORDER BY p.km LIMIT ${shellPeople}),
figures AS (
  SELECT p.id, p.name, p.age, p.gender, p.km, bit_count(v.interests & p.interests) AS shared, bit_count(v.interests | p.interests)::float8 AS everything,
    bit_count((v.interests & p.aversions) | (p.interests & v.aversions)) AS conflicts,
    1 - p.km / least(v.distance_km, p.distance_km)::float8 AS location,
    (${ageFit('p.age_min', 'p.age_max', 'v.age')}) AS age_of_viewer, (${ageFit('v.age_min', 'v.age_max', 'p.age')}) AS age_of_other
  FROM near p CROSS JOIN v)
SELECT id, name, age, gender, km, shared, conflicts, location, age_of_viewer, age_of_other,
  ${weights.interests}::float8 * (shared / everything) * (1 - conflicts / everything) + ${weights.location}::float8 * location
  + ${weights.age}::float8 * (age_of_viewer + age_of_other) / 2 + ${constant}::float8 AS score
FROM figures ORDER BY score DESC, id LIMIT ${limit};`;
}
