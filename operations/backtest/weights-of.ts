// Reads the weights that are to be tried: those not named stay the document's. Pure.
import { InvalidArgumentError } from 'commander';
import { weights as documented, factorNames, type Weights } from '../../processors/feed/ranking/weights.ts';

const sumTolerance = 1e-9;

/** @param text such as engagement=0.25,freshness=0.25 @throws InvalidArgumentError naming what is wrong */
export function weightsOf(text: string): Weights {
  const weights: Record<string, number> = { ...documented };
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=').map((side) => side.trim());
    if (!(factorNames as readonly string[]).includes(name))
      throw new InvalidArgumentError(`"${name}" is no factor: ${factorNames.join(', ')} are.`);
    const weight = Number(value);
    if (value === '' || !(weight >= 0 && weight <= 1))
      throw new InvalidArgumentError(`the weight of ${name} must be a number from 0 to 1, not "${value}".`);
    weights[name] = weight;
  }
  const sum = factorNames.reduce((total, name) => total + (weights[name] ?? 0), 0);
  if (Math.abs(sum - 1) > sumTolerance)
    throw new InvalidArgumentError(
      `the six weights must add up to 1, not ${Number(sum.toFixed(9))}: ${factorNames.map((name) => `${name}=${weights[name]}`).join(', ')}.`,
    );
  return weights as Weights;
}
