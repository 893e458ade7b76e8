import ipaddr, { type IPv6 } from 'ipaddr.js'

/**
 * Who is counted for wrong keys: an IPv4 address, or an IPv6 network of 64 bits, because whoever has one of its
 * addresses has all of them.
 */
export const clientAddress = (ip: string): string => {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${(address as IPv6).toNormalizedString().split('%')[0]}/64`)}/64`
}
