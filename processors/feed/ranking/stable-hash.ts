// A 32-bit hash of a text (FNV-1a with a final mix) that is the same on every machine: chance without a random source.

export const stableHash = (text: string): number => mixed(begun(text));

/** The hash of a text that others begin with, to go on from. */
export const begun = (text: string): number => goOn(0x811c9dc5, text);

/** Of what was begun and goes on with this text. */
export const stableHashFrom = (beginning: number, text: string): number => mixed(goOn(beginning, text));

function goOn(beginning: number, text: string): number {
  let hash = beginning;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

function mixed(unmixed: number): number {
  let hash = Math.imul(unmixed ^ (unmixed >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
