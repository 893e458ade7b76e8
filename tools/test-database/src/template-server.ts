import { readdirSync } from 'node:fs'
import { applyMigrations } from '@altcontext/embedded-database'
import pg from 'pg'
import { startTestPostgres } from './start-test-postgres.ts'
import { inDatabase } from './test-server.ts'

export interface TemplateServer {
  serverUrl: string
  /** The migrated database that every test database is a copy of. */
  template: string
  stop(): Promise<void>
}

const prismaDirectory = new URL('../../../examples/marketing-backend/prisma/', import.meta.url)

/** Starts one PostgreSQL for all test files (or uses `TEST_DATABASE_URL`, a superuser's) and migrates the template. */
export const startTemplateServer = async (): Promise<TemplateServer> => {
  const external = process.env.TEST_DATABASE_URL
  const server = external ? undefined : await startTestPostgres({ inMemory: true })
  const serverUrl = external ?? (server?.url as string)
  const template = `webhooks_template_${process.pid}`
  const admin = new pg.Client({ connectionString: serverUrl })
  try {
    await admin.connect()
    await admin.query(`CREATE DATABASE ${template}`)
    const schemaDirectory = new URL('schema/', prismaDirectory)
    await applyMigrations({
      url: inDatabase(serverUrl, template),
      migrationsDirectory: new URL('migrations/', prismaDirectory),
      schemaFiles: readdirSync(schemaDirectory).map((file) => new URL(file, schemaDirectory).pathname),
    })
    // A template that nobody can connect to can always be copied, by any number of files at once.
    await admin.query(`ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
  } catch (error) {
    await server?.remove()
    throw error
  } finally {
    await admin.end()
  }
  const stop = async (): Promise<void> => {
    if (server) await server.remove()
    else await dropTemplate(serverUrl, template)
  }
  return { serverUrl, template, stop }
}

const dropTemplate = async (serverUrl: string, template: string): Promise<void> => {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`DROP DATABASE ${template}`)
  await admin.end()
}
