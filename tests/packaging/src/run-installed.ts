import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/** Runs what is installed in the project with one version of Node: every entry, every command, one delivery. */
export function runInstalled(packages: PackedPackage[], project: string, node: string): void {
  const run = (file: string, lines: string[]): void => {
    writeFileSync(join(project, file), lines.join('\n'))
    runCommand(node, [file], project)
  }
  const entries = packages.flatMap((each) => each.entries)
  const names = packages.map(({ name }) => name)

  run(
    'import-each.mjs',
    entries.map(
      (entry) =>
        `if (Object.keys(await import('${entry}')).length === 0) throw new Error('${entry} exports nothing')`,
    ),
  )
  run('without-prisma.mjs', withoutPrisma(names))
  if (names.some((name) => name.endsWith('/webhook-contract-tests'))) run('deliver.mjs', delivery)
  for (const { name, bin } of packages) {
    for (const [command, file] of Object.entries(bin)) {
      const output = runCommand(node, [join('node_modules', name, file), '--help'], project)
      if (!new RegExp(`^Usage:\\s+${command} `).test(output))
        throw new Error(`Failed to run ${command} --help: it says no usage.`)
    }
  }
}

/** The production image has no Prisma runtime: whatever asked for it would end the server at its start. */
const withoutPrisma = (names: string[]): string[] => [
  `import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.includes('@prisma/')) throw new Error(\`\${context.parentURL} asked for \${specifier}\`)
    return next(specifier, context)
  },
})`,
  ...names.filter((name) => name.endsWith('-receiver')).map((name) => `await import('${name}')`),
]

/** Through the SQLite outbox, which depends on the version of Node. */
const delivery = [
  `import { serveDouble } from '@altcontext/webhook-contract-tests'
import { createEmitter } from '@altcontext/webhook-emitter'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'

const adminKey = 'an-admin-key-of-24-characters'
const served = await serveDouble({ adminKey })
const outbox = createSqliteOutbox({ path: \`outbox-\${process.version}.db\` })
const emitter = createEmitter({ url: served.url, adminKey, outbox })
const payload = { tenantId: 'tenant-1', jobId: 'job-1', mediaCount: 1, identitiesDetected: 1, durationMs: 1 }
await emitter.emit('scan.completed', payload)
const { isComplete } = await emitter.close()
await served.close()
if (!isComplete || served.double.stored.length !== 1) throw new Error('The event was not delivered.')`,
]
