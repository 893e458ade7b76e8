import { createTestDatabase } from '@altcontext/test-database'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { fromPg } from '@altcontext/webhook-store'
import fastify from 'fastify'
import pg from 'pg'
import { expect, test } from 'vitest'
import { adminKey, eventually } from './receiver-app.ts'

test('says once which parameters PostgreSQL logs, and what to run; after that it says nothing', async () => {
  await using database = await createTestDatabase()
  const name = new URL(database.url).pathname.slice(1)
  const set = (setting: string) => database.pool.query(`ALTER DATABASE "${name}" SET ${setting}`)
  /** A server on connections of its own, which see the settings; it is asked once that it is ready. */
  const linesOf = async (): Promise<Record<string, unknown>[]> => {
    const lines: Record<string, unknown>[] = []
    const app = fastify({
      logger: { level: 'debug', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
    })
    const pool = new pg.Pool({ connectionString: database.url })
    app.register(webhookReceiver, { database: fromPg(pool), adminKeys: adminKey })
    await app.ready()
    // Closing waits for what was asked.
    await app.close()
    await pool.end()
    return lines.filter(({ msg }) => /parameters|settings/.test(String(msg)))
  }

  expect(await linesOf()).toEqual([])
  await set('log_min_duration_statement = 250')
  await set('log_parameter_max_length_on_error = -1')
  await eventually(async () =>
    expect(await linesOf()).toMatchObject([
      {
        level: 40,
        role: 'postgres',
        because: ['log_min_duration_statement = 250', 'log_min_error_statement = error'],
        run: [
          'ALTER ROLE "postgres" SET log_parameter_max_length = 0',
          'ALTER ROLE "postgres" SET log_parameter_max_length_on_error = 0',
        ],
        msg: 'PostgreSQL writes the parameters of statements to its log, e-mail addresses among them (log_min_duration_statement = 250, log_min_error_statement = error). Run as a superuser: ALTER ROLE "postgres" SET log_parameter_max_length = 0; ALTER ROLE "postgres" SET log_parameter_max_length_on_error = 0',
      },
    ]),
  )
  // As the role would see it; the role itself belongs to every test.
  await set('log_parameter_max_length = 0')
  await set('log_parameter_max_length_on_error = 0')
  expect(await linesOf()).toEqual([])
})
