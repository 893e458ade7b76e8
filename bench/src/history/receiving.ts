import { rollupDirty } from '@altcontext/webhook-metrics'
import { fromPg } from '@altcontext/webhook-store'
import pg from 'pg'
import type { Competitor } from '../measuring/compare.ts'
import { timed } from '../measuring/timed.ts'
import { startProcess } from '../processes/bench-process.ts'
import { runLoad } from '../processes/run-load.ts'
import type { ServerReady } from '../processes/serve.ts'
import { historyProducer } from './fill-history.ts'

/** A receiver on a database, in its own process. */
export interface Receiving extends AsyncDisposable {
  /** Sends this many events, one in each request, over 50 connections. */
  receive(requests: number): Promise<{ 'requests/s': number; 'p99 ms': number }>
  /** How long the rollup of 1,000 new events takes, in milliseconds. */
  rollUpAThousand(): Promise<number>
}

export const startReceiving = async (databaseUrl: string, tenants: number): Promise<Receiving> => {
  const server = await startProcess<ServerReady>('servers/receiver-server', { databaseUrl })
  const pool = new pg.Pool({ connectionString: databaseUrl })
  // By the database's clock, which has set the time.
  const { rows } = await pool.query("SELECT (now() AT TIME ZONE 'UTC')::text AS at")
  let sent = 0
  const receive = async (requests: number) => {
    const { 'requests/s': pace, 'p99 ms': p99 } = await runLoad({
      url: server.ready.url,
      connections: 50,
      requests,
      producer: historyProducer,
      events: { kind: 'mixed', tenants, leads: 2 * tenants },
    })
    sent += requests
    const stored = await pool.query(
      'SELECT count(*)::int AS events FROM tenant_events WHERE received_at >= $1',
      [rows[0].at],
    )
    if (stored.rows[0].events !== sent)
      throw new Error(`Failed to measure: ${sent} events should be stored, ${stored.rows[0].events} are.`)
    return { 'requests/s': pace, 'p99 ms': p99 }
  }
  return {
    receive,
    rollUpAThousand: async () => {
      await rollupDirty(fromPg(pool))
      await receive(1000)
      return timed(() => rollupDirty(fromPg(pool)))
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await pool.end()
    },
  }
}

export const receivingOn = (name: string, receiving: Receiving, requests: number): Competitor => ({
  name,
  run: () => receiving.receive(requests),
})
