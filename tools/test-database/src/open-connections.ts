import type pg from 'pg'

/** Opens so many connections of a pool, none of which it has to share, however slowly they open; afterwards they are idle. */
export const openConnections = async (pool: pg.Pool, count: number): Promise<void> => {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()))
  for (const client of clients) client.release()
}
