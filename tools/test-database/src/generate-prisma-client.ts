import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Prisma's client is generated code; it needs no engine binary, so none is looked for. */
export const generatePrismaClient = async (schema: string): Promise<void> => {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  await promisify(execFile)('node_modules/.bin/prisma', ['generate', '--schema', schema, '--no-hints'], {
    cwd: folder,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' },
  })
}
