import { dayOf } from '../rollups/days.ts'
import { rollUpDays } from '../rollups/roll-up-days.ts'
import { type PastServerOptions, withPastServer } from './past-server.ts'
import { sendLeadForm, sendPages } from './sample-site.ts'
import type { PlannedVisitor } from './visit-plan.ts'

const concurrentVisitors = 8

/** Lets visitors come by, each at their own time, through the routes. Nothing is written to the tables directly. */
export const playVisits = async (
  visitors: readonly PlannedVisitor[],
  options: PastServerOptions,
): Promise<void> => {
  const { database, stopped } = options
  const isoDays = new Set<string>()
  await withPastServer(options, async ({ app, setClock }) => {
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
      setClock(visitor.lead.at)
      await sendLeadForm(app, visitor, visitor.lead.email)
      isoDays.add(dayOf(visitor.lead.at))
    }
  })
  await rollUpDays(database, { days: [...isoDays], now: new Date() })
}
