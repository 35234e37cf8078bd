// All that is remembered of a user's dealings with videos, by video and in order: what was seen, what is unwanted, what was pointed at.
import { endsObjection, type Interaction } from './opinion.ts';

/** Never changed once made: `after` makes the next one, so that a ranking under way keeps the one it began with. */
export class Memory {
  /** Interactions by video, each oldest first; the video met last comes last. */
  readonly byVideo: ReadonlyMap<string, readonly Interaction[]>;
  /** Videos of no interest, whatever the reason, unless liked, shared or commented on since. */
  readonly unwanted: ReadonlySet<string>;
  /** Where the user pointed at a creator or a topic, oldest first. */
  readonly pointed: readonly Interaction[];

  private constructor(of: Pick<Memory, 'byVideo' | 'unwanted' | 'pointed'>) {
    this.byVideo = of.byVideo;
    this.unwanted = of.unwanted;
    this.pointed = of.pointed;
  }

  /** @param interactions in any order */
  static of(interactions: readonly Interaction[]): Memory {
    return new Memory({ byVideo: new Map(), unwanted: new Set(), pointed: [] }).after(interactions, []);
  }

  /**
   * @param added later than what is here
   * @param gone what has been pushed out by it
   */
  after(added: readonly Interaction[], gone: readonly Interaction[]): Memory {
    const byVideo = new Map<string, readonly Interaction[]>(this.byVideo);
    const changed = new Set<string>();
    const lost = new Set(gone.map(({ offset }) => offset));
    for (const { videoId } of gone) {
      changed.add(videoId);
      const left = byVideo.get(videoId)?.filter(({ offset }) => !lost.has(offset)) ?? [];
      if (left.length > 0) byVideo.set(videoId, left);
      else byVideo.delete(videoId);
    }
    const fresh = new Map<string, Interaction[]>();
    const inOrder = added.toSorted((a, b) => a.offset - b.offset);
    for (const interaction of inOrder) {
      const { videoId } = interaction;
      const own = fresh.get(videoId) ?? [...(byVideo.get(videoId) ?? [])];
      own.push(interaction);
      fresh.set(videoId, own);
      changed.add(videoId);
      byVideo.delete(videoId);
      byVideo.set(videoId, own);
    }
    const pointed = [...this.pointed, ...inOrder].filter((one) => isPointed(one) && !lost.has(one.offset));
    return new Memory({ byVideo, unwanted: unwantedAfter(this.unwanted, changed, byVideo), pointed });
  }

  has(videoId: string): boolean {
    return this.byVideo.has(videoId);
  }

  /** The videos met last, so many of them, oldest first. */
  latest(count: number): (readonly Interaction[])[] {
    return [...this.byVideo.values()].slice(-count);
  }
}

const isPointed = ({ reason }: Interaction): boolean => reason === 'creator' || reason === 'topic';

function unwantedAfter(
  before: ReadonlySet<string>,
  changed: ReadonlySet<string>,
  byVideo: Memory['byVideo'],
): ReadonlySet<string> {
  const unwanted = new Set(before);
  for (const videoId of changed) {
    if (isUnwanted(byVideo.get(videoId) ?? [])) unwanted.add(videoId);
    else unwanted.delete(videoId);
  }
  return unwanted;
}

function isUnwanted(interactions: readonly Interaction[]): boolean {
  const says = interactions.findLast((one) => one.action === 'not_interested' || endsObjection(one));
  return says?.action === 'not_interested';
}
