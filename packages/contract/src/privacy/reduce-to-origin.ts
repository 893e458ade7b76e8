/**
 * The origin of a site's address, without path, query and credentials: `https://example.com`.
 * A bare host name counts as `https`. `null` when it is not the address of a web site.
 */
export const reduceToOrigin = (siteUrl: string): string | null => {
  const text = siteUrl.trim()
  const url = URL.parse(
    /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^:/]+:\d/.test(text) ? text : `https://${text}`,
  )
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.origin : null
}
