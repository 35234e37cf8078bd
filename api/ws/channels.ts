// The names of channels: whose each is, and where what it shows comes from.
import { idPattern } from '../../schemas/ids.ts';
import type { Caller } from '../access.ts';
import { isOthers } from '../access.ts';
import type { Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { channelsExpected } from './protocol.ts';
import { boardNames, boardSource } from './source-boards.ts';
import { datingSource } from './source-dating.ts';
import { feedSource } from './source-feed.ts';
import { videoSource } from './source-video.ts';
import { walletSource } from './source-wallet.ts';
import type { Source } from './sources.ts';

const idOnly = new RegExp(idPattern);
const sources = {
  feed: { isPrivate: true, of: feedSource },
  wallet: { isPrivate: true, of: walletSource },
  dating: { isPrivate: true, of: datingSource },
  video: { isPrivate: false, of: videoSource },
} as const;
type Kind = keyof typeof sources;
const isKind = (kind: string): kind is Kind => Object.hasOwn(sources, kind);

export type Named = {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly source: (services: Services) => Source;
};

const unknown = () => new Refusal('invalid_field', `channel must be ${channelsExpected}`, { field: 'channel' });

/** A channel as its caller may hear it; short forms are the caller's own. */
export function channelFor(text: string, caller: Caller): Named | Refusal {
  const [kind = '', ...rest] = text.split(':');
  const id = rest.length > 0 ? rest.join(':') : ownId(kind, caller);
  if (id instanceof Refusal) return id;
  const name = `${kind}:${id}`;
  if (kind === 'leaderboard') {
    const board = boardNames.find((known) => known === id);
    const detail = `channel must be leaderboard:<name>, of ${boardNames.join(', ')}`;
    if (!board) return new Refusal('invalid_field', detail, { field: 'channel' });
    return { name, isPrivate: false, source: (services) => boardSource(board, services) };
  }
  if (!isKind(kind) || !idOnly.test(id)) return unknown();
  const { isPrivate, of } = sources[kind];
  if (isPrivate && caller.kind === 'anonymous')
    return new Refusal('unauthenticated', `${kind} is for its owner: authenticate first`, { field: 'channel' });
  if (isPrivate && isOthers(caller, id))
    return new Refusal('forbidden', `${name} is another’s: everyone hears only their own`, { field: 'channel' });
  return { name, isPrivate, source: (services) => of(id, services) };
}

/** In demo mode nobody is anybody in particular. */
function ownId(kind: string, caller: Caller): string | Refusal {
  if (!isKind(kind) || !sources[kind].isPrivate) return unknown();
  if (caller.kind === 'user') return caller.userId;
  if (caller.kind === 'demo')
    return new Refusal('invalid_field', `without a token, channel must name the user: ${kind}:<user_id>`, {
      field: 'channel',
    });
  return new Refusal('unauthenticated', `${kind} is for its owner: authenticate first`, { field: 'channel' });
}
