import { examplePrisma, migrate } from '../bench/migrate.ts'

/** Migrates as a server does before it serves, where nobody else does: it prints a line for each migration that it applies. */
for (const name of await migrate(process.env.DATABASE_URL ?? '', examplePrisma))
  process.stdout.write(`${name}\n`)
process.stdout.write('ready\n')
