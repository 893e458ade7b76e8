import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { adminKey } from './stub-receiver.ts'

const folder = new URL('..', import.meta.url)
const blocks = [...readFileSync(new URL('README.md', folder), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code ?? '',
)

const run = async (code: string, env: NodeJS.ProcessEnv) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@altcontext/source', '--input-type=module-typescript', '--eval', code],
    { cwd: folder, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env }, timeout: 120_000 },
  )
  return stdout.replaceAll(/\s+/g, ' ').trim()
}

const serve = async (respondAfterMs = 0) => {
  const ids: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const eventId = String(request.headers['webhook-id'])
      setTimeout(() => {
        ids.push(eventId)
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, eventId }))
      }, respondAfterMs)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ids,
    env: {
      WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ADMIN_API_KEY: adminKey,
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('the first example of the README prints what its comment says, and its process ends', async () => {
  await using receiver = await serve()
  const [code = ''] = blocks
  const [, expected] = /\/\/ => (.+)/.exec(code) ?? []
  expect(await run(code, receiver.env)).toBe(expected)
  expect(receiver.ids).toHaveLength(1)
})

test('the example for tests stores its event', async () => {
  const code = `${blocks.at(-1)}\nconsole.log(outcome.status, requests.length)`
  expect(await run(code, {})).toBe('stored 1')
})

test('a process keeps running for what it has emitted, and not for an idle emitter', async () => {
  await using receiver = await serve(300)
  const code = `
    import { createEmitterFromEnv } from '@altcontext/webhook-emitter'
    const emitter = createEmitterFromEnv()
    await emitter.emit('apikey.created', { tenantId: 'tenant-1', keyPrefix: 'ac_live_4f' })
    process.on('exit', () => console.log(emitter.stats().delivered))`
  expect(await run(code, receiver.env)).toBe('1')
  expect(receiver.ids).toHaveLength(1)
})
