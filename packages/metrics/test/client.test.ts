import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createMetricsClient, MetricsError } from '@altcontext/webhook-metrics/client'
import { expect, test } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { adminKey, createTestBridge } from './test-bridge.ts'
import { createExampleBridge } from './worked-example.ts'

const now = () => Date.parse('2026-02-10T00:00:00Z')
const week = { from: '2026-02-07', to: '2026-02-09' }

const failure = async (promise: Promise<unknown>): Promise<MetricsError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof MetricsError)) throw new Error('Expected a MetricsError', { cause: error })
  return error
}

const respondingWith = (respond: () => Response | Promise<Response>) =>
  createMetricsClient({
    url: 'https://marketing.example',
    adminKey,
    timeoutMs: 200,
    fetch: (async () => respond()) as typeof globalThis.fetch,
  })

test('reads every route of a running server, checked against its schema', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const metrics = createMetricsClient({ url, adminKey })
  const usage = await metrics.serviceUsage({ ...week, compareTo: true, tenantId: undefined })
  expect(usage.window).toEqual(week)
  expect((await metrics.channels({ ...week, horizonDays: 7 })).ok).toBe(true)
  expect((await metrics.tenants({ ...week, limit: 1 })).tenants).toHaveLength(1)
  expect((await metrics.bridge()).freshness).toBeDefined()
  expect(await metrics.channel('E-mail')).toMatchObject({ channel: 'email', tenantsCreated: 1 })
  expect((await metrics.cohorts({ by: 'month' })).cohorts).toHaveLength(12)
  expect((await metrics.tenant('gallery', week)).tenant.tenantId).toBe('gallery')
  expect((await metrics.events({ type: 'scan.failed' })).events).toHaveLength(1)
  expect((await metrics.restatements(week)).page.total).toBe(0)
  expect((await failure(metrics.tenant('no/body'))).message).toBe(
    'Failed to read the metrics "tenants": the server responded with 404 not_found. Check the id: no event of such a tenant was received.',
  )

  const refused = await failure(metrics.serviceUsage({ from: 'yesterday' }))
  expect(refused.code).toBe('refused')
  expect(refused.message).toBe(
    'Failed to read the metrics "service-usage": the server responded with 400 invalid_request. Correct the query.',
  )
})

test('webhook-metrics status --url prints what the server knows', async () => {
  await using bridge = await createTestBridge()
  const app = await bridge.serve({ now })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const run = async (key: string) => {
    const lines: string[] = []
    const exitCode = await runCli(['status', '--url', url], {
      environment: { ADMIN_API_KEY: key },
      out: (line) => lines.push(line),
      note: (line) => lines.push(line),
      file: { write: async () => {}, isTerminal: false },
    })
    return { exitCode, text: lines.join('\n') }
  }
  expect(await run(adminKey)).toEqual({
    exitCode: 0,
    text: expect.stringMatching(/^Complete through/),
  })
  expect(await run('a-wrong-key-of-24-characters')).toEqual({
    exitCode: 2,
    text: 'Failed to read the metrics "bridge": the server responded with 401 unauthorized. Check the key.',
  })
})

test.each([
  ['404 of another server', () => new Response('<html>', { status: 404 }), 'refused', 'no metrics routes'],
  ['a redirect', () => new Response('', { status: 302, headers: { location: '/x' } }), 'refused', '302'],
  [
    '500',
    () => Response.json({ ok: false, error: 'internal_error' }, { status: 500 }),
    'refused',
    "server's log",
  ],
  ['a page', () => new Response('<html>'), 'unexpected_response', 'does not know'],
  ['JSON of somebody else', () => Response.json({ ok: true }), 'unexpected_response', 'does not know'],
  ['no connection', () => Promise.reject(new TypeError('fetch failed')), 'unreachable', 'no connection'],
  ['no response', () => new Promise<Response>(() => {}), 'unreachable', 'in time'],
] as const)('%s is an error with a code and a sentence', async (_, respond, code, words) => {
  const error = await failure(respondingWith(respond).bridge())
  expect(error.code).toBe(code)
  expect(error.message).toContain(words)
  expect(error.message).not.toContain(adminKey)
})

test('gives up a stream that has gone silent, and ends one that is no longer wanted', async () => {
  const silent = () =>
    new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(': x\n\n')) }),
    )
  const lost = await failure(respondingWith(silent).followEvents().next())
  expect([lost.code, lost.message]).toEqual(['unreachable', expect.stringContaining('in time')])
  const signal = AbortSignal.timeout(20)
  expect(await respondingWith(silent).followEvents({}, { signal }).next()).toEqual({
    done: true,
    value: undefined,
  })
  const odd = await failure(
    respondingWith(() => new Response('id: 1\ndata: {}\n\n'))
      .followEvents()
      .next(),
  )
  expect(odd.code).toBe('unexpected_response')
})

test.each(['http://marketing.example', 'ftp://127.0.0.1', 'marketing'])(
  '%s is refused as an address',
  (url) => {
    expect(() => createMetricsClient({ url, adminKey })).toThrow('url is not an https address')
  },
)

test('loads neither a web framework nor a database driver', async () => {
  const code = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(specifier, context, next) {
        if (/^(fastify|pg|@prisma)/.test(specifier)) throw new Error('asked for ' + specifier)
        return next(specifier, context)
      },
    })
    const { createMetricsClient } = await import('@altcontext/webhook-metrics/client')
    console.log(typeof createMetricsClient)`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@altcontext/source', '--input-type=module', '--eval', code],
    { cwd: new URL('..', import.meta.url) },
  )
  expect(stdout.trim()).toBe('function')
})
