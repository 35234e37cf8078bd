// An instance's own copy of all dating profiles, decrypted: loaded whole, kept by the pushes of commits and by the keys of persons.
import type { Personal } from '../infra/person-keys.ts';
import type { DatingDetails } from '../schemas/dating.ts';
import { type ProfileEntry, profilePrefix } from './profile-entries.ts';
import { Replica, type ReplicaParts } from './replica.ts';

/** A profile as it is read. */
export type DatingProfile = {
  readonly userId: string;
  readonly status: 'visible' | 'paused';
  readonly ageBand: string;
  /** Null where it is unreadable: the person's key is gone, or has not come here yet. */
  readonly dating: DatingDetails | null;
  /** By UTC hour, how often active then. */
  readonly online: readonly number[];
  readonly at: number;
  readonly offset: number;
  readonly partition: number;
};

/** @param profile null if there is none any more */
export type ProfileListener = (userId: string, profile: DatingProfile | null) => void;

export type ProfileKeys = {
  decrypt(userId: string, personal: Buffer): Personal | 'erased';
  isErased(userId: string): boolean;
  onChange(listener: (userId: string) => void): void;
};

export type ProfilesParts = Pick<ReplicaParts, 'redis' | 'channels' | 'namespace' | 'generations' | 'log'> & {
  readonly keys: ProfileKeys;
};

type Kept = { readonly profile: DatingProfile; readonly personal: string };

export class Profiles {
  readonly #keys: ProfileKeys;
  readonly #entries: Replica<ProfileEntry>;
  readonly #kept = new Map<string, Kept>();
  readonly #listeners: ProfileListener[] = [];
  #isLoaded = false;

  constructor({ keys, ...shared }: ProfilesParts) {
    this.#keys = keys;
    const memos = { processor: 'dating', topic: 'user_activity', memosOf: profilePrefix } as const;
    this.#entries = new Replica<ProfileEntry>({ ...shared, ...memos });
    this.#entries.onChange((userId, entry, partition) => this.#take(userId, entry, partition));
    keys.onChange((userId) => this.#readAgain(userId));
  }

  /** The keys should have been read before: what cannot be decrypted yet is told again when its key comes. */
  async start(): Promise<void> {
    await this.#entries.start();
    this.#isLoaded = true;
  }

  stop(): void {
    this.#entries.stop();
  }

  get(userId: string): DatingProfile | undefined {
    return this.#kept.get(userId)?.profile;
  }

  get size(): number {
    return this.#kept.size;
  }

  *all(): Iterable<DatingProfile> {
    for (const { profile } of this.#kept.values()) yield profile;
  }

  /** Whether this person can be seen by others; null while profiles, or the key of this one, are still being read. */
  isVisible(userId: string): boolean | null {
    if (!this.#isLoaded) return null;
    const profile = this.get(userId);
    if (profile?.status !== 'visible') return false;
    if (profile.dating !== null) return true;
    return this.#keys.isErased(userId) ? false : null;
  }

  onChange(listener: ProfileListener): void {
    this.#listeners.push(listener);
  }

  /** Told whose dating state was folded into, profile or not. */
  onTouch(listener: (userId: string) => void): void {
    this.#entries.onTouch(listener);
  }

  /** Told when touches may have been missed. */
  onLoad(listener: () => void): void {
    this.#entries.onReload(listener);
  }

  onAdvance(listener: (partition: number, offset: number) => void): void {
    this.#entries.onAdvance(listener);
  }

  caughtUp(partition: number, offset: number): boolean {
    return this.#entries.caughtUp(partition, offset);
  }

  #take(userId: string, entry: ProfileEntry | null, partition: number): void {
    if (entry === null) {
      if (this.#kept.delete(userId)) this.#tell(userId, null);
      return;
    }
    const { personal, ...plain } = entry;
    const before = this.#kept.get(userId);
    // Most changes are of online times alone.
    const isSame = before?.personal === personal && before.profile.dating !== null;
    const dating = isSame ? before.profile.dating : this.#details(userId, personal);
    this.#keep({ personal, profile: { userId, ...plain, dating, partition } });
  }

  #readAgain(userId: string): void {
    const kept = this.#kept.get(userId);
    if (!kept) return;
    const dating = this.#details(userId, kept.personal);
    if (dating !== null || kept.profile.dating !== null) this.#keep({ ...kept, profile: { ...kept.profile, dating } });
  }

  #keep(kept: Kept): void {
    const { userId } = kept.profile;
    this.#kept.set(userId, kept);
    this.#tell(userId, kept.profile);
  }

  /** What cannot be decrypted (damaged, or another's) is as unreadable as what is erased. */
  #details(userId: string, personal: string): DatingDetails | null {
    try {
      const details = this.#keys.decrypt(userId, Buffer.from(personal, 'base64'));
      return details === 'erased' ? null : detailsIn(details);
    } catch {
      return null;
    }
  }

  #tell(userId: string, profile: DatingProfile | null): void {
    for (const listener of this.#listeners) listener(userId, profile);
  }
}

/** The personal field of a profile's event. */
export const detailsIn = (personal: Personal): DatingDetails | null =>
  (personal.dating as DatingDetails | undefined) ?? null;
