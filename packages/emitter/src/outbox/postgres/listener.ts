import type { PostgresClient, PostgresPool } from './pool.ts'

/**
 * Listens on a connection of its own, and again when that one is lost. A proxy that shares connections accepts a `LISTEN` and
 * drops the notifications, so a notification of its own shows whether any get through. As long as none does, `onNotification` is
 * called every 200 ms, which is how soon an event is found then.
 */
export const createPostgresListener = (
  pool: PostgresPool,
  channel: string,
  onNotification: () => void,
): { close(): Promise<void> } => {
  let client: PostgresClient | undefined
  let timer: NodeJS.Timeout | undefined
  let guessing: NodeJS.Timeout | undefined
  let probing: Promise<unknown> = Promise.resolve()
  let hasHeard = false
  let isClosed = false
  // Nothing else would reveal a connection that has gone silent, or a pooler that has begun to drop notifications.
  const heartbeat = setInterval(() => {
    const asked = client
    asked?.query('SELECT pg_is_in_recovery() AS is_standby').then(
      // This server was the primary when listening began; writes on the new primary are not announced here.
      ({ rows }) => rows[0]?.is_standby === true && lose(asked),
      () => lose(asked),
    )
    if (!hasHeard) guess()
    probing = probe().catch(() => {})
  }, heartbeatMs).unref()

  const probe = (): Promise<unknown> => {
    hasHeard = false
    return pool.query('SELECT pg_notify($1, $2)', [channel, 'listening'])
  }

  const guess = (): void => {
    guessing ??= setInterval(onNotification, guessIntervalMs).unref()
  }
  const hear = (): void => {
    hasHeard = true
    clearInterval(guessing)
    guessing = undefined
    onNotification()
  }
  const lose = (lost: PostgresClient): void => {
    if (client !== lost) return
    client = undefined
    lost.release(true)
    if (isClosed) return
    guess()
    timer = setTimeout(connect, reconnectMs).unref()
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
      connected.on('notification', hear)
      await connected.query(`LISTEN "${channel.replaceAll('"', '""')}"`)
      // Events may have come while nobody listened.
      onNotification()
      await probe()
    } catch {
      if (candidate !== undefined) lose(candidate)
      else if (!isClosed) timer = setTimeout(connect, reconnectMs).unref()
    }
  }
  guess()
  let connecting = listen()

  return {
    async close() {
      isClosed = true
      clearTimeout(timer)
      clearInterval(heartbeat)
      clearInterval(guessing)
      await Promise.all([connecting, probing])
      const last = client
      client = undefined
      last?.release(true)
    },
  }
}

const reconnectMs = 2000
const heartbeatMs = 15_000
const guessIntervalMs = 200
