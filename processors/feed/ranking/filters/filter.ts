// What a filter is: it says why a video may not be shown to this viewer, or null.
import type { Item } from '../item.ts';
import type { Request } from '../request.ts';

export type Reason =
  | 'processing'
  | 'not_yet_published'
  | 'moderated'
  | 'removed'
  | 'own'
  | 'blocked'
  | 'reported'
  | 'on_an_earlier_page'
  | 'not_interested'
  | 'creator_not_interested'
  | 'topic_not_interested'
  | 'creator_often_skipped'
  | 'seen';

export type Filter = (item: Item, request: Request) => Reason | null;
