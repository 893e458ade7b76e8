import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackedPackage } from './public-packages.ts'
import { runCommand } from './run-command.ts'

/** Runs the packages that are installed in the project with one version of Node: every entry, every command, one delivery. */
export const runInstalled = async (
  packages: PackedPackage[],
  project: string,
  node: string,
): Promise<void> => {
  const run = async (file: string, lines: string[]): Promise<void> => {
    writeFileSync(join(project, file), lines.join('\n'))
    await runCommand(node, [file], project)
  }
  const entries = packages.flatMap((each) => each.entries)
  const names = packages.map(({ name }) => name)

  await run(
    'import-each.mjs',
    entries.map(
      (entry) =>
        `if (Object.keys(await import('${entry}')).length === 0) throw new Error('${entry} exports nothing')`,
    ),
  )
  await run('without-prisma.mjs', withoutPrisma(names))
  if (names.some((name) => name.endsWith('/webhook-contract-tests'))) await run('deliver.mjs', delivery)
  if (['emitter', 'receiver'].every((part) => names.includes(`@altcontext/webhook-${part}`)))
    await run('trace.mjs', tracing)
  writeFileSync(join(project, 'light.mjs'), light)
  for (const { name, bin } of packages) {
    for (const [command, file] of Object.entries(bin)) {
      const loader = command === 'webhook-relay' ? ['--import', './light.mjs'] : []
      const output = await runCommand(node, [...loader, join('node_modules', name, file), '--help'], project)
      if (!new RegExp(`^Usage:\\s+${command} `).test(output))
        throw new Error(`Failed to run ${command} --help: it prints no usage.`)
    }
  }
}

/** Help and completion print at once: modules that only one command needs are loaded when it is run. */
const light = `import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (/^(zod|pg|fastify|pino|prom-client|ky|@altcontext\\/webhook-stream)($|\\/)/.test(specifier))
      throw new Error(\`\${context.parentURL} asked for \${specifier}\`)
    return next(specifier, context)
  },
})`

/** The production image has no Prisma runtime: an import of it would end the server at its start. */
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

/** Sender and receiver have one trace, in a host whose API is older than the newest. */
const tracing = [
  `import { readFileSync } from 'node:fs'
import { createEmitter } from '@altcontext/webhook-emitter'
import { webhookReceiver } from '@altcontext/webhook-receiver'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import fastify from 'fastify'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const copies = Object.entries(packages).filter(([path]) => path.endsWith('node_modules/@opentelemetry/api'))
if (copies.length !== 1 || copies[0][1].version !== '1.9.0')
  throw new Error(\`More than one copy of the API: \${JSON.stringify(copies)}\`)

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))

const adminKey = 'an-admin-key-of-24-characters'
const away = () => Promise.reject(new Error('away'))
const app = fastify()
await app.register(webhookReceiver, { database: { query: away, transaction: away }, adminKeys: adminKey })
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const url = \`\${origin}/v1/webhooks/description-service\`
const quiet = () => {}
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const emitter = createEmitter({ url, adminKey, retry: { delaysMs: [], longDelaysMs: [] }, logger })
const payload = { tenantId: 'tenant-1', jobId: 'job-1', mediaCount: 1, identitiesDetected: 1, durationMs: 1 }
await emitter.emit('scan.completed', payload)
await emitter.close({ timeoutMs: 1000 })
await app.close()
const spans = exporter.getFinishedSpans()
const received = spans.find(({ name }) => name === 'webhook receive')
const sent = spans.find(({ instrumentationScope }) => instrumentationScope.name === '@altcontext/webhook-emitter')
if (received === undefined || sent?.spanContext().traceId !== received.spanContext().traceId)
  throw new Error(\`Not one trace of sender and receiver: \${spans.map(({ name }) => name)}\`)`,
]

/** A delivery through the SQLite outbox, which depends on the version of Node. */
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
