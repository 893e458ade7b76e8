/**
 * Whether the address of a database holds a password, as `postgres://user:password@host` or in its query. Every user of a
 * machine can see its command lines, so such an address must not be a flag.
 */
export const holdsPassword = (address: string): boolean => {
  const url = URL.parse(address)
  return (
    url !== null &&
    (url.password !== '' || ['password', 'sslpassword'].some((name) => url.searchParams.has(name)))
  )
}
