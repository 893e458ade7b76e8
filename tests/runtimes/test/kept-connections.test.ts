import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runtimes } from './runtimes.ts'

const root = join(import.meta.dirname, '..')
const events = 6

// Beside node_modules, where every runtime looks for packages.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(root, '.kept-'))
  writeFileSync(
    join(folder, 'deliver.mjs'),
    `import { createEmitter } from '@altcontext/webhook-emitter'
const attempts = []
const emitter = createEmitter({
  url: process.env.WEBHOOK_URL,
  adminKey: 'a-key-of-the-runtimes-tests-0001',
  fetch: process.env.GIVEN_FETCH === 'yes' ? globalThis.fetch : undefined,
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  onAttempt: ({ attempt, outcome, error }) => attempts.push([attempt, outcome, error ?? 'none'].join(' ')),
})
for (let number = 0; number < ${events}; number += 1) {
  await emitter.deliver('scan.completed', { tenantId: 't', jobId: 'job-' + number, mediaCount: 1, identitiesDetected: 2, durationMs: 3 })
}
await emitter.close()
console.log(JSON.stringify(attempts))
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Responds to the first request of each connection, and ends the connection at the moment of the second. */
const startImpatientReceiver = async () => {
  const requests: number[] = []
  const server = createServer((socket) => {
    let received = ''
    let responses = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk
      const id = /webhook-id: (\S+)/i.exec(received)?.[1]
      const isWhole = /\r\n\r\n\{.*\}$/s.test(received)
      if (id === undefined || !isWhole) return
      received = ''
      responses += 1
      requests.push(responses)
      if (responses > 1) socket.resetAndDestroy()
      else {
        const body = JSON.stringify({ ok: true, eventId: id })
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

const platforms = runtimes
  .filter(([name]) => !name.startsWith('Node '))
  .map(([name, program, args]) => ({ name, program, args, givenFetch: name === 'this Node' }))

test.each(platforms)(
  'a kept connection that the other side has closed costs no attempt on $name, given a fetch: $givenFetch',
  async ({ program, args, givenFetch }) => {
    await using receiver = await startImpatientReceiver()
    const { stdout } = await promisify(execFile)(program, [...args, join(folder, 'deliver.mjs')], {
      cwd: folder,
      timeout: 150_000,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        WEBHOOK_URL: receiver.url,
        GIVEN_FETCH: givenFetch ? 'yes' : 'no',
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
      },
    })
    expect(JSON.parse(stdout)).toEqual(Array(events).fill('1 stored none'))
    // The other side did close kept connections under requests.
    expect(receiver.requests).toContain(2)
  },
)
