// Every source of the feed, one line each.
import { explore } from './explore.ts';
import { followed } from './followed.ts';
import { engaging, fresh, trending } from './leading.ts';
import { similar } from './similar.ts';
import type { Source } from './source.ts';

export const sources: readonly Source[] = [followed, similar, trending, fresh, engaging, explore];
