// What an operator types after `npm run dlq`, checked; what is wrong is said in one sentence.
import { InvalidArgumentError } from 'commander';
import { processorList } from '../../processors/list.ts';
import { type Place, parsePlace } from './selection.ts';

/** A record such as history:3:17. */
export function place(text: string): Place {
  const found = parsePlace(text);
  if (!found) throw new InvalidArgumentError('a record is named like history:3:17.');
  processorName(found.processor);
  return found;
}

export function processorName(name: string): string {
  if (processorList.some((processor) => processor.name === name)) return name;
  throw new InvalidArgumentError(`the processors are ${processorList.map((processor) => processor.name).join(', ')}.`);
}

/** 50 or 50/s. */
export function copiesPerSecond(text: string): number {
  return whole(1, 100_000)(text.replace(/\/s$/, ''));
}

export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`a whole number from ${min} to ${max} is expected.`);
  };
}
