/** Every test database has this session time zone, and vitest runs in another: no test may depend on either. */
export const sessionTimeZone = 'America/New_York'

/** The same server, another database. */
export const inDatabase = (serverUrl: string, database: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}
