import { purgeVisits } from '../visits/purge-visits.ts'
import { runScript } from './run-script.ts'
import { withDatabase } from './with-database.ts'

runScript(async () => {
  const { events, sessions, visitors, rejections } = await withDatabase((database) =>
    purgeVisits(database, { now: new Date() }),
  )
  return `Purged ${events} events, ${sessions} sessions, ${visitors} visitors and ${rejections} rejections older than 90 days.`
})
