import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startTemplateServer, type TemplateServer } from './template-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The port that sends a `TemplateServer` in JSON, as soon as there is one. */
    testDatabasePort: number
  }
}

/**
 * Runs once per vitest run. PostgreSQL is started when the first test file asks for a database, so that a run which
 * needs none does not wait for one.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<TemplateServer> | undefined
  const door = createServer((socket) => {
    socket.on('error', () => {})
    starting ??= startTemplateServer()
    starting.then(
      ({ serverUrl, template }) => socket.end(JSON.stringify({ serverUrl, template })),
      (error) => socket.end(JSON.stringify({ error: String(error) })),
    )
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  project.provide('testDatabasePort', (door.address() as AddressInfo).port)
  return async () => {
    door.close()
    await (await starting?.catch(() => undefined))?.stop()
  }
}
