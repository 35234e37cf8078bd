// Ends a command with one sentence on standard error.

/** @param code 1: it could not be done; 2, where a command tells the two apart: it was not understood */
export function fail(why: string, code = 1): never {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}
