// How a viewer sees a crowd: goes over its numbers once, and keeps who suits with what is known of the rank. The same as `suit` and `compatibility` for each, bit for bit.
import { partialOf, withPersonality } from '../processors/dating/compat/compatibility.ts';
import { activityOf, ageFit, ageOf, interestsFrom, locationWithin } from '../processors/dating/compat/components.ts';
import { ageOn, type Person } from '../processors/dating/compat/person.ts';
import { compatRules } from '../processors/dating/compat/rules.ts';
import { asks, type Crowd, inHead, pair } from './dating-crowd.ts';
import type { Gathering } from './dating-entries.ts';
import { Marks } from './dating-marks.ts';
import { type Outlook, rankOf } from './dating-outlook.ts';

const daysOfYear = 10_000;

/** By place and not by who it is: to compare two people is to look at them. */
export type Own = { readonly crowd: Crowd; readonly index: number };

export class Sight {
  readonly #outlook: Outlook;
  /** Where the viewer stands in the grid now, if anywhere: met there, and left out. */
  readonly #own: Own | null;
  readonly #agreeing: Uint8Array;
  readonly #marks: Marks;
  readonly #age: number;
  /** Days of birth that are wished for: over the first, at most the second. */
  readonly #born: readonly [number, number];
  readonly #into: Gathering;

  /** @param agreeing see `Kinds` @param into where whoever suits is kept */
  constructor(outlook: Outlook, { own, agreeing, into }: { own: Own | null; agreeing: Uint8Array; into: Gathering }) {
    const { viewer, day } = outlook;
    this.#into = into;
    this.#outlook = outlook;
    this.#own = own;
    this.#agreeing = agreeing;
    this.#marks = new Marks(viewer);
    this.#age = ageOn(day, viewer);
    const youngest = Math.max(viewer.ageMin, compatRules.adultAge);
    const isAdult = this.#age >= compatRules.adultAge;
    this.#born = isAdult ? [day - (viewer.ageMax + 1) * daysOfYear, day - youngest * daysOfYear] : [0, 0];
  }

  /** @param km to the crowd, within what the viewer wishes */
  look(crowd: Crowd, km: number): void {
    const { people, heads } = crowd;
    const own = this.#own?.crowd === crowd ? this.#own.index : -1;
    const [agreeing, age] = [this.#agreeing, this.#age];
    const [bornAfter, bornUntil] = this.#born;
    for (let index = 0, at = 0; index < people.length; index++, at += inHead.size) {
      const birthDay = heads[at + inHead.birthDay] as number;
      const ages = heads[at + inHead.ages] as number;
      // Where one does not hold a difference is below 0, and so is all of them in one: one branch for five questions, of which none can be foreseen.
      const born = (birthDay - bornAfter - 1) | (bornUntil - birthDay);
      const aged = (age - pair.first(ages)) | (pair.second(ages) - age);
      if ((born | aged | ((heads[at + inHead.distanceKm] as number) - km)) < 0) continue;
      if (agreeing[(heads[at + inHead.kind] as number) >> asks.bits] === 0) continue;
      if (index !== own) this.#keep(crowd, index, km);
    }
  }

  /** No lists are taken apart here, as elsewhere: a page comes by hundreds of times. */
  #keep(crowd: Crowd, index: number, km: number): void {
    const { viewer, day, personality, isBoosted } = this.#outlook;
    const { heads } = crowd;
    const at = index * inHead.size;
    const person = crowd.people[index] as Person;
    const kind = heads[at + inHead.kind] as number;
    const ages = heads[at + inHead.ages] as number;
    const likes = pair.first(heads[at + inHead.names] as number);
    const wished = kind & asks.distance ? person.distanceKm : (heads[at + inHead.distanceKm] as number);
    const ageOfPerson = Math.floor((day - (heads[at + inHead.birthDay] as number)) / daysOfYear);
    const ofFirst = ageFit({ ageMin: pair.first(ages), ageMax: pair.second(ages) }, this.#age);
    const partial = partialOf({
      interests: viewer.interests.length > 0 && likes > 0 ? interestsFrom(this.#marks.figures(crowd, index)) : null,
      location: locationWithin(Math.min(viewer.distanceKm, wished), km),
      age: ageOf({ ofFirst, ofSecond: ageFit(viewer, ageOfPerson) }),
      activity: kind & asks.online ? activityOf(viewer, person) : null,
    });
    const isFirst = (kind & asks.boost) !== 0 && isBoosted(person.userId);
    // Where the personality may be known it counts as perfect until it is asked: nobody stands too low.
    const mayBeKnown = personality !== null && viewer.answers !== null && (kind & asks.answers) !== 0;
    const rank = rankOf(withPersonality(partial, mayBeKnown ? 1 : null), isFirst);
    this.#into.push(person, { partial, rank, isBoosted: isFirst, isExact: !mayBeKnown });
  }
}
