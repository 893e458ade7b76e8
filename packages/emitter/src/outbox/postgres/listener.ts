import type { PostgresClient, PostgresPool } from './pool.ts'

/** Listens on a connection of its own, and again when that one is lost. Without it, polling goes on alone. */
export const createPostgresListener = (
  pool: PostgresPool,
  channel: string,
  onNotification: () => void,
): { close(): Promise<void> } => {
  let client: PostgresClient | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  // Nothing else would tell of a connection that has gone silent: it only ever waits.
  const heartbeat = setInterval(() => {
    const asked = client
    asked?.query('SELECT 1').catch(() => lose(asked))
  }, heartbeatMs).unref()

  const lose = (lost: PostgresClient): void => {
    if (client !== lost) return
    client = undefined
    lost.release(true)
    if (!isClosed) timer = setTimeout(connect, reconnectMs).unref()
  }
  const connect = (): void => {
    connecting = listen()
  }
  const listen = async (): Promise<void> => {
    let candidate: PostgresClient | undefined
    try {
      candidate = await pool.connect()
      const connected = candidate
      client = connected
      connected.on('error', () => lose(connected))
      connected.on('end', () => lose(connected))
      connected.on('notification', onNotification)
      await connected.query(`LISTEN "${channel.replaceAll('"', '""')}"`)
      // Whatever came while nobody listened.
      onNotification()
    } catch {
      if (candidate !== undefined) lose(candidate)
      else if (!isClosed) timer = setTimeout(connect, reconnectMs).unref()
    }
  }
  let connecting = listen()

  return {
    async close() {
      isClosed = true
      clearTimeout(timer)
      clearInterval(heartbeat)
      await connecting
      const last = client
      client = undefined
      last?.release(true)
    },
  }
}

const reconnectMs = 2000
const heartbeatMs = 15_000
