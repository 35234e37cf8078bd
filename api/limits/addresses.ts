// Whose address a request comes from: the socket's, or what a trusted proxy says of it; IPv6 by its /64, which is one customer's.
import { BlockList, isIP, isIPv4 } from 'node:net';

export type Peer = {
  /** An IPv4 address, or the /64 of an IPv6 address. */
  readonly address: string;
  /** Not limited by its address. */
  readonly isTrusted: boolean;
};

const peersMax = 10_000;

export class Peers {
  readonly #proxies: BlockList;
  readonly #trusted: BlockList;
  readonly #known = new Map<string, Peer & { readonly isProxy: boolean }>();

  /** @throws unless both are lists of addresses or CIDR blocks */
  constructor({ proxies, trusted }: { readonly proxies: readonly string[]; readonly trusted: readonly string[] }) {
    this.#proxies = blocksOf('TRUSTED_PROXIES', proxies);
    this.#trusted = blocksOf('RATE_LIMIT_TRUSTED', trusted);
  }

  /** @param forwardedFor the header X-Forwarded-For, which only trusted proxies are believed */
  of(socketAddress: string | undefined, forwardedFor?: string | undefined): Peer {
    const peer = this.#peer(socketAddress ?? '');
    if (!peer.isProxy || forwardedFor === undefined) return peer;
    return this.#peer(this.#clientOf(plain(socketAddress ?? ''), forwardedFor));
  }

  #peer(socketAddress: string) {
    const known = this.#known.get(socketAddress);
    if (known) return known;
    const address = plain(socketAddress);
    const [isTrusted, isProxy] = [includes(this.#trusted, address), includes(this.#proxies, address)];
    const peer = { address: blockOf(address), isTrusted, isProxy };
    if (this.#known.size >= peersMax) this.#known.clear();
    this.#known.set(socketAddress, peer);
    return peer;
  }

  /** From the right: each proxy adds who asked it. The first that is no proxy of ours is the client. */
  #clientOf(socketAddress: string, forwardedFor: string): string {
    let address = socketAddress;
    for (const entry of forwardedFor.slice(-2_000).split(',').reverse()) {
      const named = plain(entry.trim());
      if (!includes(this.#proxies, address) || isIP(named) === 0) return address;
      address = named;
    }
    return address;
  }
}

function blocksOf(name: string, entries: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const prefix = Number(bits ?? (family === 6 ? 128 : 32));
    if (family === 0 || !/^\d*$/.test(bits ?? '') || prefix > (family === 6 ? 128 : 32))
      throw new Error(`${name} must be addresses or CIDR blocks, not "${entry}"`);
    blocks.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  }
  return blocks;
}

const includes = (blocks: BlockList, address: string): boolean =>
  isIP(address) !== 0 && blocks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

/** Without brackets, port of an IPv4 address, zone, and the IPv6 dress of an IPv4 address. */
function plain(address: string): string {
  const bare = address.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/%.*$/, '');
  return bare.replace(/^::ffff:(?=\d+\.)/i, '').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}

function blockOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}
