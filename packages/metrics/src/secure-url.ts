const loopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/

/** The address if it is of `https:`, or of `http:` to loopback. */
export const parseSecureUrl = (value: unknown): URL | undefined => {
  const url = URL.parse(String(value))
  if (url === null) return undefined
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname))
  return isSecure ? url : undefined
}
