// A whole number from 1 on, as an option of a command.
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which commander tells whoever typed it */
export const wholeNumber =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`a whole number from 1 to ${max} is expected.`);
  };
