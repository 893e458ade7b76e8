import { parseArgs } from 'node:util'
import { z } from 'zod'
import { day } from '../http/fields.ts'
import { dayOf, daysBetween, shiftDay } from '../rollups/days.ts'
import { rollUpDays } from '../rollups/roll-up-days.ts'
import { runScript } from './run-script.ts'
import { withDatabase } from './with-database.ts'

runScript(async () => {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } })
  const result = z.object({ from: day.optional(), to: day.optional() }).safeParse(values)
  if (!result.success) {
    throw new Error(
      `Failed to roll up: ${result.error.issues.map((i) => `--${i.path.join('')} ${i.message}`).join('; ')}.`,
    )
  }
  const now = new Date()
  const to = result.data.to ?? dayOf(now)
  const from = result.data.from ?? shiftDay(to, -1)
  if (from > to) throw new Error(`Failed to roll up: --from ${from} is after --to ${to}. Swap them.`)
  const days = Array.from({ length: daysBetween(from, to) }, (_, index) => shiftDay(from, index))
  const rows = await withDatabase((database) => rollUpDays(database, { days, now }))
  return `Rolled up ${rows} days of the marketing site (${from} to ${to}).`
})
