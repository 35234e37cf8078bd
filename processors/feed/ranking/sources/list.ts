// Every source of the feed, one line each.
import { engaging } from './engaging.ts';
import { explore } from './explore.ts';
import { followed } from './followed.ts';
import { fresh } from './fresh.ts';
import { similar } from './similar.ts';
import type { Source } from './source.ts';
import { trending } from './trending.ts';
import { watchedTogether } from './watched-together.ts';

export const sources: readonly Source[] = [followed, similar, watchedTogether, trending, fresh, engaging, explore];
