// Somebody as another is shown them, with the arithmetic of the score: as an object, and as JSON that is put together from texts of which most are ready.
import { LRUCache } from 'lru-cache';
import type { DatingDetails } from '../processors/dating/compat/person.ts';
import { type Component, compatRules, components } from '../processors/dating/compat/rules.ts';
import type { Match } from '../projections/dating-candidates.ts';

export function matchShown({ profile, age, compatibility, isBoosted, rankScore }: Match) {
  const { score, factors, reasons, unknown, distanceKm, ageFits } = compatibility;
  const factor = (name: Component) => {
    const { value, weight } = factors[name];
    const both = name === 'age' ? { of_yours: ageFits.ofFirst, of_theirs: ageFits.ofSecond } : {};
    return [name, { value, weight, contribution: value * weight, ...both }];
  };
  return {
    user_id: profile.userId,
    ...person(profile.dating, age),
    compatibility_score: score,
    rank_score: rankScore,
    boosted: isBoosted,
    factors: Object.fromEntries(components.map(factor)),
    reasons,
    unknown: unknown.map(({ component, why }) => ({ factor: component, why })),
    distance_km: distanceKm,
    rule_set: compatibility.ruleSet,
    personality_model: compatibility.personalityVersion,
  };
}

/** What a profile shows to others: no birth date, no cell, no wishes. */
const person = (dating: DatingDetails | null, age: number) => ({
  name: dating?.name ?? null,
  age: dating && age,
  gender: dating?.gender ?? null,
  interests: dating?.interests ?? [],
  prompts: dating?.prompts ?? [],
  video_id: dating?.videoId ?? null,
});

/** Texts, and numbers that are written as JSON writes them: all of these are finite. */
export type Parts = (string | number)[];

/** What JSON.stringify makes of `matchShown`, character by character, in parts: joined once, they leave less garbage than text added to text. */
export function pushMatch(parts: Parts, { profile, age, compatibility, isBoosted, rankScore }: Match): void {
  const { score, factors, reasons, unknown, distanceKm, ageFits, ruleSet, personalityVersion } = compatibility;
  parts.push('{"user_id":', JSON.stringify(profile.userId));
  pushPerson(parts, profile.dating, age);
  parts.push(
    ',"compatibility_score":',
    score,
    ',"rank_score":',
    rankScore,
    isBoosted ? ',"boosted":true' : ',"boosted":false',
  );
  for (let i = 0; i < components.length; i++) {
    const name = components[i] as Component;
    const { value, weight } = factors[name];
    parts.push(beforeValue[i] as string, value, beforeContribution[i] as string, value * weight);
    if (name === 'age') parts.push(',"of_yours":', ageFits.ofFirst, ',"of_theirs":', ageFits.ofSecond);
  }
  parts.push('}},"reasons":', JSON.stringify(reasons), ',"unknown":[');
  for (const [i, { component, why }] of unknown.entries())
    parts.push(i > 0 ? ',{"factor":"' : '{"factor":"', component, '","why":', JSON.stringify(why), '}');
  parts.push('],"distance_km":', distanceKm, ',"rule_set":', ruleSet);
  parts.push(',"personality_model":', JSON.stringify(personalityVersion), '}');
}

const beforeValue = components.map((name, i) => `${i === 0 ? ',"factors":{' : '},'}"${name}":{"value":`);
const beforeContribution = components.map((name) => `,"weight":${compatRules.weights[name]},"contribution":`);

type Ready = { readonly beforeAge: string; readonly afterAge: string };

/** Of those who were shown last: one version of one profile each. */
const ready = new LRUCache<DatingDetails, Ready>({ max: 20_000 });

function pushPerson(parts: Parts, dating: DatingDetails | null, age: number): void {
  if (!dating) {
    parts.push(',', JSON.stringify(person(dating, age)).slice(1, -1));
    return;
  }
  let text = ready.get(dating);
  if (!text) {
    const { name, age: _, ...others } = person(dating, age);
    text = { beforeAge: `,"name":${JSON.stringify(name)},"age":`, afterAge: `,${JSON.stringify(others).slice(1, -1)}` };
    ready.set(dating, text);
  }
  parts.push(text.beforeAge, age, text.afterAge);
}
