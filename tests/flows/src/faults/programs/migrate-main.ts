import { examplePrisma, migrate } from '../bench/migrate.ts'

const maxStarts = 9

/** As under a supervisor, which starts a server again that has waited for another's migrations for longer than Prisma's 10 s. */
const migrateBesideOthers = async (): Promise<string[]> => {
  for (let start = 1; ; start += 1) {
    try {
      return await migrate(process.env.DATABASE_URL ?? '', examplePrisma)
    } catch (error) {
      const { cause } = error as { cause?: { code?: string } }
      if (cause?.code !== 'P1002' || start === maxStarts) throw error
    }
  }
}

/** Migrates as a server does before it serves, where nobody else does: it prints a line for each migration that it applies. */
for (const name of await migrateBesideOthers()) process.stdout.write(`${name}\n`)
process.stdout.write('ready\n')
