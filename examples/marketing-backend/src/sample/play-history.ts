import type { Pool } from 'pg'
import { createServer } from '../create-server.ts'
import type { Environment } from '../environment.ts'
import { dayOf } from '../rollups/days.ts'
import { rollUpDays } from '../rollups/roll-up-days.ts'
import type { History } from './plan-history.ts'
import { sendLeadForm, sendPages } from './sample-site.ts'

const concurrentVisitors = 8

interface PlayOptions {
  pool: Pool
  schema?: string | undefined
  environment: Environment
  stopped: AbortSignal
}

/**
 * Lets the visitors of the history come by, through the routes of a second server on the same database that
 * never listens and whose clock stands where the history is. Nothing is written behind the routes' backs.
 */
export const playVisits = async (
  { visitors }: History,
  { pool, schema, environment, stopped }: PlayOptions,
): Promise<void> => {
  const isoDays = new Set<string>()
  let clock = new Date()
  const quiet: Environment = { ...environment, logLevel: 'silent', rollupIntervalSeconds: 0 }
  const { app } = await createServer({ environment: quiet, pool, schema, now: () => clock })
  try {
    const waiting = [...visitors]
    const play = async () => {
      for (let visitor = waiting.shift(); visitor && !stopped.aborted; visitor = waiting.shift()) {
        await sendPages(app, visitor)
        for (const { at } of visitor.pages) isoDays.add(dayOf(at))
      }
    }
    await Promise.all(Array.from({ length: concurrentVisitors }, play))
    // One at a time: they share the clock.
    for (const visitor of visitors) {
      if (!visitor.lead || stopped.aborted) continue
      clock = visitor.lead.at
      await sendLeadForm(app, visitor, visitor.lead.email)
      isoDays.add(dayOf(clock))
    }
  } finally {
    await app.close()
  }
  await rollUpDays(pool, { days: [...isoDays], now: new Date() })
}
