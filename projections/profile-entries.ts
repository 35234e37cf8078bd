// The entries of dating profiles, one memo of the user's partition each, written when anything in it has changed.
import type { Dating, Profile } from '../processors/dating/domain.ts';
import type { Write } from '../processors/runtime/processor.ts';

export const profilePrefix = 'profile:';

/** What others may copy of somebody, the personal part as ciphertext. */
export type ProfileEntry = Profile & { readonly online: readonly number[] };

export const entryOf = ({ profile, online }: Dating): ProfileEntry | null => profile && { ...profile, online };

export function profileMemo(userId: string, state: Dating, before: Dating): Write[] {
  if (state.profile === before.profile && (state.online === before.online || !state.profile)) return [];
  return [{ kind: 'memo', key: `${profilePrefix}${userId}`, value: entryOf(state), until: null }];
}
