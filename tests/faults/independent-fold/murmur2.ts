// The partition of a key as Kafka's own clients choose it: the 32-bit murmur2 hash of its bytes.

const mixer = 0x5bd1e995;
const seed = 0x9747b28c;

const mixed = (word: number) => {
  const product = Math.imul(word, mixer);
  return Math.imul(product ^ (product >>> 24), mixer);
};

export function partitionOfKey(key: string, partitions: number): number {
  const bytes = new TextEncoder().encode(key);
  let hash = seed ^ bytes.length;
  const words = bytes.length >> 2;
  for (let i = 0; i < words; i++) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(i * 4, i * 4 + 4);
    hash = Math.imul(hash, mixer) ^ mixed(a | (b << 8) | (c << 16) | (d << 24));
  }
  const rest = bytes.subarray(words * 4);
  if (rest.length > 0) {
    for (let i = rest.length - 1; i >= 0; i--) hash ^= (rest[i] as number) << (8 * i);
    hash = Math.imul(hash, mixer);
  }
  hash = Math.imul(hash ^ (hash >>> 13), mixer);
  return ((hash ^ (hash >>> 15)) & 0x7fffffff) % partitions;
}
