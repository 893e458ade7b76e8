import { type Database, findLoggedParameters } from '@altcontext/webhook-store'
import type { FastifyBaseLogger } from 'fastify'

/** What the bridge forgets, PostgreSQL must not keep in its log. Never rejects, even if the database cannot be reached. */
export const warnOfLoggedParameters = async (
  database: Database,
  log: Pick<FastifyBaseLogger, 'warn' | 'debug'>,
): Promise<void> => {
  try {
    const logged = await findLoggedParameters(database)
    if (logged === undefined) return
    const { role, because, run } = logged
    log.warn(
      { role, because, run },
      `PostgreSQL writes the parameters of statements to its log, e-mail addresses among them (${because.join(', ')}). Run as a superuser: ${run.join('; ')}`,
    )
  } catch {
    log.debug('the log settings of the database could not be read')
  }
}
