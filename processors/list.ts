// Every processor of the platform, one line each.
import { dating } from './dating/processor.ts';
import { engagement } from './engagement/processor.ts';
import { experiments } from './experiments/processor.ts';
import { feed } from './feed/processor.ts';
import { history } from './history/processor.ts';
import { ledger } from './ledger/processor.ts';
import { pairs } from './pairs/processor.ts';
import { payments } from './payments/processor.ts';
import type { Processor } from './runtime/processor.ts';
import { statements } from './statements/processor.ts';
import { trending } from './trending/processor.ts';

export const processors = {
  history,
  engagement,
  trending,
  feed,
  experiments,
  ledger,
  payments,
  pairs,
  dating,
  statements,
} as const;
export type Slug = keyof typeof processors;
export const processorList = Object.values(processors) as unknown as readonly Processor[];
