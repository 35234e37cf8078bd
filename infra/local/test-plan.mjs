// Decides from the arguments of `npm test` which suites run with which vitest arguments, and whether they need the servers.
import { Sentence } from './steps.mjs';

const suites = ['unit', 'simulation', 'integration', 'e2e', 'faults'];
/** Those that need no servers, or bring up their own. */
const alone = ['unit', 'simulation', 'faults'];
const withValue = ['-t', '--testNamePattern', '--testTimeout', '--retry', '--project', '--config'];
const usage = 'Usage: npm test [-- [--unit] [paths under tests/] [vitest options]].';
export const help = `${usage}
  --unit      the unit tests alone, which need no servers
  paths       files or folders under tests/: ${suites.join(', ')}; without any all of them run, in this order
Servers are started on free ports for those that need them, and are gone afterwards.`;

/** [{ suite, args, needsStack }] in the order in which they run; without paths all suites do. */
export function planOf(args) {
  const paths = [];
  const options = [];
  let only = suites;
  const rest = [...args];
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === '--unit') only = ['unit'];
    else if (withValue.includes(arg)) options.push(arg, rest.shift());
    else if (arg.startsWith('-')) options.push(arg);
    else paths.push(arg.replace(/^\.\//, ''));
  }
  const strange = paths.find((path) => !suites.some((suite) => path.startsWith(`tests/${suite}`)));
  if (strange !== undefined)
    throw new Sentence(`"${strange}" is not below ${suites.map((suite) => `tests/${suite}`).join(', ')}. ${usage}`);
  return only
    .map((suite) => ({
      suite,
      paths: paths.length === 0 ? [`tests/${suite}`] : paths.filter((path) => path.startsWith(`tests/${suite}`)),
    }))
    .filter((row) => row.paths.length > 0)
    .map((row) => ({ suite: row.suite, args: [...row.paths, ...options], needsStack: !alone.includes(row.suite) }));
}
