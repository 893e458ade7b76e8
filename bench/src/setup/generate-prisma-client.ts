import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const benchFolder = fileURLToPath(new URL('../..', import.meta.url))
const schema = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url))

/** Prisma's client is generated code; it needs no engine binary, so none is looked for. */
export const generatePrismaClient = (): void => {
  execFileSync('node_modules/.bin/prisma', ['generate', '--schema', schema, '--no-hints'], {
    cwd: benchFolder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
