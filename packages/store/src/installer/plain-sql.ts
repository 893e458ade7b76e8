import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AnyContract } from '@altcontext/webhook-contract'
import { migrationsDirectory } from '../prisma-files.ts'
import { declaredEventTypes } from '../writing/declared-event-types.ts'

/**
 * The tables as one script, for a database without Prisma. Where the contract names no leads, nothing in it refers to a table of
 * the marketing side.
 */
export const plainSql = (contract: AnyContract): string => {
  const directory = fileURLToPath(migrationsDirectory)
  const scripts = readdirSync(directory)
    .sort()
    .filter((name) => /^\d{14}_/.test(name))
    .map((name) => `-- ${name}\n${readFileSync(join(directory, name, 'migration.sql'), 'utf8').trim()}\n`)
  const namesLeads = declaredEventTypes(contract).namesLead.length > 0
  const sql = scripts.join('\n')
  return `BEGIN;\n\n${namesLeads ? sql : sql.replaceAll(referenceToLeads, '')}\nCOMMIT;\n`
}

const referenceToLeads =
  /^(?:-- AddForeignKey\n)?ALTER TABLE "\w+" ADD CONSTRAINT [^;]* REFERENCES "leads"[^;]*;\n+/gm
