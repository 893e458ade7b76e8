import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { TemplateServer } from './template-server.ts'

/**
 * The server of this vitest run, which starts when it is asked for the first time. Over a bare socket, because a test may have
 * replaced `fetch` or the timers.
 *
 * @throws when it could not be started
 */
export const findTemplateServer = async (): Promise<Pick<TemplateServer, 'serverUrl' | 'template'>> => {
  const server = JSON.parse(await text(connect(inject('testDatabasePort'), '127.0.0.1')))
  if (server.error) throw new Error(`Failed to start a PostgreSQL for the tests: ${server.error}`)
  return server
}
