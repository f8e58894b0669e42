import ipaddr from 'ipaddr.js';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** What is wrong with an entry of an allow list; null when it is a CIDR (`203.0.113.0/24`) or a single address. */
export function checkCidr(text: string): string | null {
  return rangeOf(text) === null ? 'must be an IPv4 or IPv6 address or CIDR' : null;
}

/**
 * Who may send to a source. An empty list lets everybody; entries that are no CIDR match nobody, so that a broken
 * list shuts rather than opens. An IPv4 address that came mapped into IPv6 (`::ffff:203.0.113.7`) is the IPv4 one.
 */
export class AllowList {
  readonly #isOpen: boolean;
  readonly #ranges: readonly Range[];

  constructor(cidrs: readonly string[]) {
    this.#isOpen = cidrs.length === 0;
    this.#ranges = cidrs.map(rangeOf).filter((range) => range !== null);
  }

  /** False for what is no address. Never throws. */
  allows(address: string): boolean {
    if (this.#isOpen) return true;
    const parsed = addressOf(address);
    if (parsed === null) return false;
    return this.#ranges.some(([network, bits]) => {
      // `match` throws on addresses of two families.
      return network.kind() === parsed.kind() && parsed.match(network, bits);
    });
  }
}

/** A zone (`fe80::1%eth0`) names an interface of ours, not the sender. */
function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = text.split('%', 1)[0] ?? '';
  return isPlain(bare) ? ipaddr.process(bare) : null;
}

function rangeOf(text: string): Range | null {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0 || !isPlain(address)) return null;
  const parsed = ipaddr.parse(address);
  const width = parsed.kind() === 'ipv4' ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const prefix = bits === undefined ? width : Number(bits);
  if (prefix > width) return null;
  return unmapped(parsed, prefix);
}

/** `::ffff:203.0.113.0/120` means the IPv4 network `/24`, as addresses are compared unmapped. */
function unmapped(parsed: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): Range {
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && prefix >= 96) {
    return [parsed.toIPv4Address(), prefix - 96];
  }
  return [parsed, prefix];
}

/** Four decimals or IPv6: never octal, hexadecimal or short forms, which systems read differently. */
function isPlain(address: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
}
