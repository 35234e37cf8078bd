// How a viewer sees a crowd: goes over its records once, and keeps who suits with what is known of the rank. The same as `suit` and `partialScoreOf` for each, bit for bit.
import { partialOf, withPersonality } from '../processors/dating/compat/compatibility.ts';
import { activityOf, ageFit, ageOf, interestsFrom, locationWithin } from '../processors/dating/compat/components.ts';
import { ageOn, type Person } from '../processors/dating/compat/person.ts';
import { compatRules } from '../processors/dating/compat/rules.ts';
import { asks, type Crowd, inRecord, pair } from './dating-crowd.ts';
import type { Entries } from './dating-entries.ts';
import { Marks } from './dating-marks.ts';
import { type Outlook, rankOf } from './dating-outlook.ts';

const daysOfYear = 10_000;

export class Sight {
  readonly #outlook: Outlook;
  /** The viewer as they are in the grid now. */
  readonly #self: Person | null;
  readonly #agreeing: Uint8Array;
  readonly #marks: Marks;
  readonly #age: number;
  /** Days of birth that are wished for: over the first, at most the second. */
  readonly #born: readonly [number, number];

  /** @param agreeing see `Kinds` */
  constructor(outlook: Outlook, self: Person | null, agreeing: Uint8Array) {
    const { viewer, day } = outlook;
    this.#outlook = outlook;
    this.#self = self;
    this.#agreeing = agreeing;
    this.#marks = new Marks(viewer);
    this.#age = ageOn(day, viewer);
    const youngest = Math.max(viewer.ageMin, compatRules.adultAge);
    const isAdult = this.#age >= compatRules.adultAge;
    this.#born = isAdult ? [day - (viewer.ageMax + 1) * daysOfYear, day - youngest * daysOfYear] : [0, 0];
  }

  /** @param km to the crowd, within what the viewer wishes */
  look({ people, records }: Crowd, km: number, into: Entries): void {
    const [agreeing, age] = [this.#agreeing, this.#age];
    const [bornAfter, bornUntil] = this.#born;
    for (let index = 0, at = 0; index < people.length; index++) {
      const names = records[at + inRecord.names] as number;
      const birthDay = records[at + inRecord.birthDay] as number;
      const ages = records[at + inRecord.ages] as number;
      const kind = records[at + inRecord.kind] as number;
      const suits =
        birthDay > bornAfter &&
        birthDay <= bornUntil &&
        age >= pair.first(ages) &&
        age <= pair.second(ages) &&
        km <= (records[at + inRecord.distanceKm] as number) &&
        agreeing[kind >> asks.bits] === 1;
      if (suits && people[index] !== this.#self) this.#keep(people[index] as Person, { records, at, km }, into);
      at += inRecord.head + pair.first(names) + pair.second(names);
    }
  }

  #keep(person: Person, { records, at, km }: { records: Int32Array; at: number; km: number }, into: Entries): void {
    const { viewer, day, personality, isBoosted } = this.#outlook;
    const [kind, ages] = [records[at + inRecord.kind] as number, records[at + inRecord.ages] as number];
    const likes = pair.first(records[at + inRecord.names] as number);
    const ageOfPerson = Math.floor((day - (records[at + inRecord.birthDay] as number)) / daysOfYear);
    const ofFirst = ageFit({ ageMin: pair.first(ages), ageMax: pair.second(ages) }, this.#age);
    const partial = partialOf({
      interests: viewer.interests.length > 0 && likes > 0 ? interestsFrom(this.#marks.figures(records, at)) : null,
      location: locationWithin(Math.min(viewer.distanceKm, records[at + inRecord.distanceKm] as number), km),
      age: ageOf({ ofFirst, ofSecond: ageFit(viewer, ageOfPerson) }),
      activity: kind & asks.online ? activityOf(viewer, person) : null,
    });
    const isFirst = (kind & asks.boost) !== 0 && isBoosted(person.userId);
    // Where the personality may be known it counts as perfect until it is asked: nobody stands too low.
    const mayBeKnown = personality !== null && viewer.answers !== null && (kind & asks.answers) !== 0;
    const rank = rankOf(withPersonality(partial, mayBeKnown ? 1 : null), isFirst);
    into.push(person, { partial, rank, isBoosted: isFirst, isExact: !mayBeKnown });
  }
}
