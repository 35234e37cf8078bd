// Puts a part of our own in the place of one of kafkajs's modules.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @param path of the module, in kafkajs/src/ */
export function partOf<Part>(path: string) {
  const place = require.resolve(`kafkajs/src/${path}`);
  return {
    original: require(place) as Part,
    /** kafkajs takes the module's exports when it is loaded, so whoever calls this is imported before it. */
    replaceBy: (part: Part): void => {
      const loaded = require.cache[place];
      if (loaded) loaded.exports = part;
    },
  };
}
