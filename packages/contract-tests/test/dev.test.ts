import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmitter } from '@altcontext/webhook-emitter'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { serveDouble } from '../src/index.ts'
import { runCli } from '../src/run-cli.ts'

const adminKey = 'dev-admin-key-of-24-characters'
const logger = { debug() {}, info() {}, warn() {}, error() {} }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** The command `dev`, until the test is over, with what it printed. */
const startDev = async (...flags: string[]) => {
  const stop = new AbortController()
  const pressed: string[] = []
  let wake = () => {}
  const keys = (async function* () {
    for (;;) {
      const key = pressed.shift()
      if (key !== undefined) yield key
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  })()
  let output = ''
  const write = (text: string) => {
    output += text
  }
  const ended = runCli(['dev', '--port', '0', ...flags], {
    write,
    writeError: write,
    env: { ADMIN_API_KEY: adminKey },
    keys,
    signal: stop.signal,
  })
  closers.push(async () => {
    stop.abort()
    wake()
    await ended
  })
  await vi.waitFor(() => expect(output).toContain('Keys:'), 60_000)
  const url = /WEBHOOK_URL=(\S+)/.exec(output)?.[1] ?? ''
  return {
    url,
    pageUrl: /As a page: (\S+)/.exec(output)?.[1] ?? '',
    ended,
    output: () => output,
    press(key: string) {
      pressed.push(key)
      wake()
    },
  }
}

const trigger = async (url: string, ...args: string[]) => {
  let output = ''
  const write = (text: string) => {
    output += text
  }
  const env = { ADMIN_API_KEY: adminKey, WEBHOOK_URL: url }
  const code = await runCli(['trigger', ...args], { write, writeError: write, env })
  return { code, output }
}

describe('webhook-contract-tests dev', () => {
  test('prints what is stored with its fields, without the private ones, and what was stored before', async () => {
    const dev = await startDev()
    const emitter = createEmitter({ url: dev.url, adminKey, logger })
    const eventId = '0198c0de-0000-7000-8000-000000000001'
    const payload = { tenantId: 'tenant-1', email: 'ada@example.com', siteUrl: null }
    await emitter.deliver('tenant.created', payload, { eventId })
    await emitter.deliver('tenant.created', payload, { eventId })
    await emitter.close()
    expect(dev.output()).toMatch(
      /one event → 200\n {2}✓ stored {2}tenant\.created {2}tenant-1 {2}siteUrl=null email=\(private\) createdAt=\S+\n/,
    )
    expect(dev.output()).toContain('  = duplicate  tenant.created  tenant-1')
    expect(dev.output()).not.toContain('ada@example.com')
  })

  test('says in words what is refused, for a whole request and for one event of a batch', async () => {
    const dev = await startDev()
    const post = (body: unknown, headers: Record<string, string>, route = '') =>
      fetch(`${dev.url}${route}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      })
    const right = {
      eventType: 'apikey.created',
      tenantId: 't',
      occurredAt: '2026-02-13T12:00:00Z',
      payload: { keyPrefix: 'ac' },
    }
    const wrong = { ...right, payload: { keyPrefix: 'a-whole-key-of-many-characters' } }
    await post(right, { 'x-admin-key': 'wrong' })
    await post(wrong, { 'x-admin-key': adminKey })
    await post(
      { events: [right, wrong, { ...right, eventType: 'apikey.create\u001b[2J' }] },
      { 'x-admin-key': adminKey },
      '/batch',
    )
    const output = dev.output()
    expect(output).toContain('one event → 401 unauthorized\n  The key is wrong or missing')
    expect(output).toMatch(
      /one event → 400 invalid_request\n {2}✗ refused {2}apikey\.created {2}t .*\n {6}payload\.keyPrefix: Too big/,
    )
    expect(output).toMatch(
      /batch of 3 events → 200\n {2}✓ stored .*\n {2}✗ refused .*\n {6}payload\.keyPrefix: .*\n {2}✗ refused {2}apikey\.create\\u001b\[2J.*\n {6}eventType: Unknown event type/,
    )
    expect(output).not.toContain('\u001b')
  })

  test('--fail 503 --every 3 fails every third request, and an emitter still delivers', async () => {
    const dev = await startDev('--fail', '503', '--every', '3')
    const emitter = createEmitter({
      url: dev.url,
      adminKey,
      logger,
      batch: { maxEvents: 1 },
      retry: { delaysMs: [10, 10, 10] },
    })
    for (let index = 0; index < 6; index += 1) {
      await emitter.deliver('apikey.created', { tenantId: `t-${index}`, keyPrefix: 'ac' })
    }
    await emitter.close()
    expect(emitter.stats()).toMatchObject({ accepted: 6, delivered: 6 })
    expect(dev.output().match(/→ 503/g)).toHaveLength(2)
    expect(dev.output().match(/✓ stored/g)).toHaveLength(6)
  })

  test('--drop-responses stores and breaks the connection: the retry is a duplicate', async () => {
    const dev = await startDev('--drop-responses', '--every', '2')
    const emitter = createEmitter({ url: dev.url, adminKey, logger, retry: { delaysMs: [10, 10, 10] } })
    await emitter.deliver('apikey.created', { tenantId: 't-1', keyPrefix: 'ac' })
    const outcome = await emitter.deliver('apikey.created', { tenantId: 't-2', keyPrefix: 'ac' })
    await emitter.close()
    expect(outcome.status).toBe('duplicate')
    expect(dev.output()).toContain(
      'no response: the connection was reset\n  ? no result  apikey.created  t-2',
    )
  })

  test('keys turn faults on and off, and q ends it', async () => {
    const dev = await startDev('--delay', '1')
    dev.press('f')
    await vi.waitFor(() => expect(dev.output()).toContain('From now on every request gets 503.'), 60_000)
    expect((await trigger(dev.url, 'scan.completed')).output).toContain('scan.completed got 503 http_503')
    dev.press('f')
    await vi.waitFor(
      () => expect(dev.output()).toContain('From now on no request is failed any more.'),
      60_000,
    )
    expect((await trigger(dev.url, 'scan.completed')).code).toBe(0)
    dev.press('a')
    dev.press('d')
    await vi.waitFor(() => expect(dev.output()).toContain('responses come at once'), 60_000)
    dev.press('q')
    expect(await dev.ended).toBe(0)
    await expect(fetch(dev.url, { method: 'POST' })).rejects.toThrow()
  })

  test('a page shows requests as they come, only under this machine’s names', async () => {
    const dev = await startDev()
    expect(await (await fetch(dev.pageUrl)).text()).toContain('<h1>Webhooks received here</h1>')
    const stream = await fetch(`${dev.pageUrl}exchanges`)
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe(': open\n\n')
    await trigger(dev.url, 'scan.failed')
    const { value = '' } = (await reader?.read()) ?? {}
    expect(JSON.parse(value.replace('data: ', ''))).toMatchObject({
      response: '200',
      events: [{ outcome: 'stored', eventType: 'scan.failed' }],
    })
    await reader?.cancel()
    const { request } = await import('node:http')
    const status = await new Promise((resolve) =>
      request(dev.pageUrl, { headers: { host: 'rebound.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end(),
    )
    expect(status).toBe(403)
  })
})

describe('webhook-contract-tests trigger', () => {
  test('sends a valid sample of every event, with the current time', async () => {
    const dev = await startDev()
    for (const type of ['tenant.created', 'apikey.created', 'scan.completed', 'suggestion.resolved']) {
      const { code, output } = await trigger(dev.url, type, '--tenant', 'tenant-7')
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringMatching(`^${type} stored as [0-9a-f-]{36}\n$`),
      })
    }
    expect(dev.output()).toContain('✓ stored  scan.completed  tenant-7  jobId=job-1 mediaCount=20')
  })

  test('--set changes a field, as the contract requires, and says why a wrong value is refused', async () => {
    const dev = await startDev()
    await trigger(dev.url, 'scan.completed', '--set', 'durationMs=5', '--set', 'jobId=7')
    expect(dev.output()).toContain('jobId=7 mediaCount=20 identitiesDetected=63 durationMs=5\n')
    const { code, output } = await trigger(dev.url, 'scan.completed', '--set', 'durationMs=-5')
    expect(code).toBe(1)
    expect(output).toBe(
      'scan.completed refused\n  payload.durationMs: Too small: expected number to be >=0\n',
    )
  })

  test('--count 100 --rate 500/s sends that many, each with an id of its own', async () => {
    const dev = await startDev()
    expect(await trigger(dev.url, 'scan.completed', '--count', '100', '--rate', '500/s')).toEqual({
      code: 0,
      output: '100 sent: 100 stored\n',
    })
    expect(dev.output().match(/✓ stored/g)).toHaveLength(100)
  })

  test('signs if there is a secret, and says what the response to a wrong one is', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
    const dev = await startDev('--signing-secret', secret)
    expect((await trigger(dev.url, 'scan.completed', '--signing-secret', secret)).code).toBe(0)
    const other = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
    const { code, output } = await trigger(dev.url, 'scan.completed', '--signing-secret', other)
    expect(code).toBe(1)
    expect(output).toContain('scan.completed got 401 invalid_signature\n  ')
  })

  test('takes events of any contract', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'))
    const file = join(folder, 'contract.js')
    const entry = (name: string) => import.meta.resolve(name)
    await writeFile(
      file,
      `import { defineContract } from '${entry('@altcontext/webhook-contract')}'
       export const contract = defineContract({ name: 'shop', events: { 'order.paid': {
         description: 'Paid.',
         payload: (await import('${entry('@altcontext/webhook-contract')}')).descriptionServiceContract.events['apikey.created'].payload,
         timestamp: 'createdAt', sample: { keyPrefix: 'order-1' } } } })`,
    )
    const dev = await startDev('--contract', file)
    expect(dev.output()).toContain('Receiving events of shop.')
    expect((await trigger(dev.url, 'order.paid', '--contract', file)).code).toBe(0)
    expect(dev.output()).toContain('✓ stored  order.paid  tenant-1  keyPrefix=order-1')
  })

  test.each([
    [
      ['scan.complete'],
      'Failed to trigger the event: there is no such event in description-service. Choose one of tenant.created,',
    ],
    [['scan.completed', '--set', 'durationMs'], '--set is not of the form name=value'],
    [['scan.completed', '--rate', 'fast'], 'Expected 20/s, 100/m or 1000/h.'],
  ])('%j is a mistake in the command', async (args, message) => {
    const { code, output } = await trigger('http://127.0.0.1:9/hooks', ...args)
    expect(code).toBe(2)
    expect(output).toContain(message)
  })

  test('says when nobody responds', async () => {
    const gone = await serveDouble({ adminKey })
    await gone.close()
    const { code, output } = await trigger(gone.url, 'scan.completed')
    expect({ code, output }).toEqual({ code: 1, output: 'scan.completed: no response (ECONNREFUSED)\n' })
  })
})
