import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTestDatabase } from '@altcontext/test-database'
import { contractLimits } from '@altcontext/webhook-contract'
import { createSqliteOutbox } from '@altcontext/webhook-emitter/sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { createRelay } from '../src/create-relay.ts'
import { resolveRelayOptions } from '../src/relay-options.ts'
import { runRelay } from './run-relay.ts'
import { adminKey, startReceiver } from './start-receiver.ts'
import { runRelayAtTerminal, runRelayCommand, startRelayProcess } from './start-relay-process.ts'

let receiver: Awaited<ReturnType<typeof startReceiver>>
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

let folder: string
let env: Record<string, string>
const relays: { stop(signal?: 'SIGKILL'): Promise<unknown> }[] = []
const serve = async (more: Record<string, string> = {}) => {
  const relay = await startRelayProcess({ ...env, ...more })
  relays.push(relay)
  return relay
}
/** A relay in this process, where that makes no difference. */
const serveHere = async () => {
  const relay = await createRelay(resolveRelayOptions({ port: '0', logLevel: 'silent' }, env))
  const running = { url: `${relay.url}/events`, stop: () => relay.close() }
  relays.push(running)
  return running
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-'))
  env = { WEBHOOK_URL: receiver.url, ADMIN_API_KEY: adminKey, RELAY_OUTBOX: join(folder, 'outbox.db') }
  receiver.receiver.isDown = false
})
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop('SIGKILL')))
  rmSync(folder, { recursive: true })
})

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const tenant = (tenantId: string, payload: object = {}) => ({
  eventType: 'tenant.created',
  tenantId,
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { siteUrl: 'https://gallery.example', email: 'ada@private.example', ...payload },
})
const run = (...args: string[]) => runRelay(args, env)
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).output)

describe('webhook-relay', () => {
  test('keeps what it has taken through kill -9, and says what happened to each event', async () => {
    receiver.receiver.isDown = true
    const first = await serve()
    const { eventId } = (await (await post(first.url, tenant('tenant-killed'))).json()) as { eventId: string }
    await first.stop('SIGKILL')
    expect(await json('status')).toMatchObject({ accepted: 1, pending: 1 })
    receiver.receiver.isDown = false
    await serveHere()
    await vi.waitFor(async () => expect(await receiver.storedIds()).toContain(eventId), 60_000)
    await vi.waitFor(
      async () => expect(await json('show', eventId)).toMatchObject({ state: 'delivered' }),
      60_000,
    )
    const { output } = await runRelayCommand(['show', eventId], env)
    expect(output).toMatch(/WHEN +WHAT +ATTEMPTS +WHY/)
    expect(output).toMatch(/accepted +0/)
    expect(output).toMatch(/delivered +1/)
    expect(output).not.toContain('ada@')
    expect((await run('list')).output).toMatch(
      new RegExp(`${eventId} +tenant.created +delivered +1 +\\d+ s ago`),
    )
  })

  test('keeps undelivered events on SIGTERM, exits with 0, and logs no key and no address', async () => {
    receiver.receiver.isDown = true
    const relay = await serve({ RELAY_SHUTDOWN_TIMEOUT: '100ms' })
    expect((await post(relay.url, tenant('tenant-term'))).status).toBe(202)
    expect(await relay.stop('SIGTERM')).toBe(0)
    expect(relay.log.at(-1)).toMatchObject({ pending: 1 })
    expect(JSON.stringify(relay.log)).not.toMatch(/ada@|relay-test-key/)
    const { output } = await run('status')
    expect(output).toMatch(/pending +1 +waiting/)
    expect(output).toMatch(/accepted +1 +the sum: every event is accounted for/)
  })

  test('refuses a second instance on the same file with a sentence; a killed one leaves no lock', async () => {
    const first = await serve()
    const refused = await run('serve', '--port', '0')
    expect(refused.code).toBe(1)
    expect(refused.errors).toBe(
      `Failed to open the SQLite outbox: another process delivers from ${env.RELAY_OUTBOX}. Stop that process, or give this one a file of its own.\n`,
    )
    await first.stop('SIGKILL')
    await serveHere()
  })

  test('replays dead events beside the running relay, prunes, and says what it cannot find', async () => {
    receiver.receiver.takesNothing = true
    const relay = await serveHere()
    const { eventId } = (await (await post(relay.url, tenant('tenant-dead'))).json()) as { eventId: string }
    await vi.waitFor(async () => expect(await json('show', eventId)).toMatchObject({ state: 'dead' }), 60_000)
    expect((await run('list', '--state', 'dead')).output).toContain('HTTP 413')
    await relay.stop()
    receiver.receiver.takesNothing = false
    await serveHere()
    expect(await json('replay', '--all-dead')).toEqual({ replayed: 1, tooOld: 0 })
    await vi.waitFor(async () => expect(await receiver.storedIds()).toContain(eventId), 60_000)
    await vi.waitFor(
      async () => expect(await json('status')).toMatchObject({ delivered: 1, dead: 0 }),
      60_000,
    )
    expect(await json('prune', '--older-than', '0s')).toEqual({ deleted: 1 })
    expect(await json('list')).toEqual([])
    const missing = await run('show', eventId)
    expect(missing).toMatchObject({
      code: 1,
      errors: `Failed to show ${eventId}: there is no such event. Look for it with "list".\n`,
    })
  })

  test('lists and follows events by type, tenant or reason, and says which reasons there are', async () => {
    receiver.receiver.takesNothing = true
    const relay = await serveHere()
    for (const id of ['tenant-one', 'tenant-two']) await post(relay.url, tenant(id))
    await vi.waitFor(async () => expect(await json('status')).toMatchObject({ dead: 2 }), 60_000)
    receiver.receiver.takesNothing = false
    expect(await json('list', '--reason', 'refused', '--type', 'tenant.created')).toHaveLength(2)
    expect(await json('list', '--tenant', 'tenant-two')).toHaveLength(1)
    expect(await json('list', '--type', 'scan.completed')).toEqual([])
    expect(await run('list', '--reason', 'tired')).toMatchObject({
      code: 2,
      errors:
        'Failed to list events: expected --reason refused|redirected|exhausted|queue_full|expired|outbox_failed|closed. Correct the flag.\n',
    })
    const stop = new AbortController()
    const lines: string[] = []
    const following = runCli(['tail', '--since', '1h', '--tenant', 'tenant-one', '--json'], {
      env,
      write: (text) => {
        lines.push(text)
        stop.abort()
      },
      writeError: () => {},
      nowMs: Date.now(),
      signal: stop.signal,
    })
    expect(await following).toBe(0)
    expect(lines).toHaveLength(1)
  })

  test('finds without flags the outbox of the running relay, and not that of a killed one', async () => {
    const { RELAY_OUTBOX: path = '', ...others } = {
      ...env,
      XDG_RUNTIME_DIR: mkdtempSync(join(folder, 'run-')),
    }
    const statusOf = (more: Record<string, string> = {}) =>
      runRelay(['status', '--json'], { ...others, ...more })
    const relay = await serve(others)
    await post(relay.url, tenant('tenant-found'))
    const found = await statusOf()
    expect(found.code).toBe(0)
    expect(JSON.parse(found.output)).toMatchObject({ accepted: 1 })
    const second = await serve({ ...others, RELAY_OUTBOX: join(folder, 'second.db') })
    expect(await statusOf()).toMatchObject({
      code: 2,
      errors: expect.stringMatching(
        /Failed to open the outbox: 2 relays run, with .*second\.db.*\. Name one with --outbox\./,
      ),
    })
    await second.stop('SIGTERM')
    expect((await statusOf()).code).toBe(0)
    await relay.stop('SIGKILL')
    expect(await statusOf()).toMatchObject({
      code: 1,
      errors: expect.stringContaining('there is no file webhook-outbox.db'),
    })
    expect(path).not.toBe('')
  })

  test('shows the progress of a long replay', async () => {
    const outbox = createSqliteOutbox({ path: env.RELAY_OUTBOX ?? '' })
    outbox.attach({ onReady() {}, onDropped() {} })
    const events = 5001
    await Promise.all(
      Array.from({ length: events }, (_, index) =>
        outbox.accept({
          id: `0198c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
          eventType: 'scan.completed',
          body: '{"tenantId":"tenant-1"}',
        }),
      ),
    )
    const claimed = await outbox.claim({ maxEvents: events, leaseMs: 60_000 })
    await outbox.settle(
      claimed.map(({ id }) => ({ id, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' })),
    )
    await outbox.close()
    expect((await run('replay', '--all-dead')).output).toBe(
      '5000 of at most 5001 so far …\n5001 events will be sent again.\n',
    )
    expect(await json('status')).toMatchObject({ accepted: events, pending: events, dead: 0 })
  })

  test('replays nothing that a receiver may have forgotten, and says why', async () => {
    const outbox = createSqliteOutbox({ path: env.RELAY_OUTBOX ?? '' })
    const eventId = randomUUID()
    outbox.attach({ onReady() {}, onDropped() {} })
    await outbox.accept({
      id: eventId,
      eventType: 'tenant.created',
      body: JSON.stringify(tenant('tenant-old')),
    })
    await outbox.claim({ maxEvents: 1, leaseMs: 45_000 })
    await outbox.settle([{ id: eventId, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' }])
    await outbox.close()
    const file = new DatabaseSync(env.RELAY_OUTBOX ?? '')
    file.exec(`UPDATE events SET accepted_at = accepted_at - ${contractLimits.retryHorizonMs + 1000}`)
    file.close()
    expect(await run('replay', eventId)).toMatchObject({
      code: 1,
      errors: `Failed to replay ${eventId}: it was accepted more than 60 days ago, so the receiver may have stored it and forgotten it since, and would count it twice. Check whether it has the event; if not, emit it as a new event.\n`,
    })
    expect((await run('replay', '--all-dead')).output).toContain(
      '0 events will be sent again. 1 will not: accepted more than 60 days ago',
    )
    expect(await json('replay', '--all-dead')).toEqual({ replayed: 0, tooOld: 1 })
    const relay = await serveHere()
    const again = await post(relay.url, { id: eventId, ...tenant('tenant-old') })
    expect(again.status).toBe(409)
    expect(await again.json()).toEqual({ ok: false, error: 'expired' })
  })

  /** An outbox with one dead and one delivered event, from which nobody delivers. */
  const settleTwo = async () => {
    const path = env.RELAY_OUTBOX ?? ''
    const outbox = createSqliteOutbox({ path })
    const [dead, delivered] = [randomUUID(), randomUUID()]
    outbox.attach({ onReady() {}, onDropped() {} })
    for (const id of [dead, delivered]) {
      await outbox.accept({ id, eventType: 'tenant.created', body: JSON.stringify(tenant('tenant-prune')) })
    }
    await outbox.claim({ maxEvents: 2, leaseMs: 45_000 })
    await outbox.settle([
      { id: dead, status: 'dead', attempts: 1, reason: 'refused', detail: 'HTTP 400' },
      { id: delivered, status: 'stored', attempts: 1 },
    ])
    await outbox.close()
    return { dead, path }
  }

  test('prunes no dead event unless told to, and says beforehand what it would delete', async () => {
    const { dead } = await settleTwo()
    expect(await json('prune', '--older-than', '0s', '--dry-run')).toEqual({ wouldDelete: 1 })
    expect(await json('list')).toHaveLength(2)
    expect(await json('prune', '--older-than', '0s')).toEqual({ deleted: 1 })
    expect(await json('list')).toMatchObject([{ id: dead, state: 'dead' }])
    expect((await run('prune', '--older-than', '0s', '--state', 'dead', '--dry-run')).output).toBe(
      '1 dead events would be deleted; nothing was.\n',
    )
    expect(await json('prune', '--older-than', '0s', '--state', 'dead')).toEqual({ deleted: 1 })
    expect(await json('status')).toMatchObject({ accepted: 2, delivered: 1, dead: 1 })
    expect((await run('prune', '--older-than', '0s', '--state', 'pending')).code).toBe(2)
  })

  test.skipIf(!existsSync('/usr/bin/script'))('asks on a terminal before it prunes', async () => {
    await settleTwo()
    const answer = (text: string) => runRelayAtTerminal(['prune', '--older-than', '0s'], env, text)
    expect(await answer('n')).toContain('Delete 1 settled events from the delivery log? [y/N]')
    expect(await json('list')).toHaveLength(2)
    expect(await answer('y')).toContain('1 settled events were deleted from the delivery log.')
    expect(await json('list')).toHaveLength(1)
  })

  test.each(['sqlite', 'postgres'])(
    'prunes by the last moment that a %s outbox has seen if the clock is far ahead of it',
    async (kind) => {
      const agoMs = 70 * 86_400_000
      await using product = await createTestDatabase()
      if (kind === 'sqlite') {
        const { path } = await settleTwo()
        const file = new DatabaseSync(path)
        file.exec(`UPDATE events SET changed_at = changed_at - ${agoMs};
          UPDATE clock SET mark = (SELECT max(changed_at) FROM events)`)
        file.close()
      } else {
        env = { ...env, RELAY_OUTBOX: product.url }
        const relay = await serveHere()
        await post(relay.url, tenant('tenant-prune'))
        await vi.waitFor(async () => expect(await json('status')).toMatchObject({ delivered: 1 }), 60_000)
        await relay.stop()
        const back = `interval '${agoMs} milliseconds'`
        await product.pool.query(`UPDATE webhook_outbox SET changed_at = changed_at - ${back}`)
        await product.pool.query(
          `INSERT INTO webhook_outbox_clock (mark) VALUES (now() - ${back})
           ON CONFLICT (is_only) DO UPDATE SET mark = excluded.mark`,
        )
      }
      const { output } = await run('prune', '--older-than', '1d')
      expect(output).toContain('0 settled events were deleted from the delivery log.')
      expect(output).toContain('The clock is 70 d ahead of the last moment that the outbox has seen')
      expect(await json('prune', '--older-than', '0s')).toMatchObject({ deleted: 1 })
    },
  )

  test('names every configuration problem at once, without values that may be secret', async () => {
    const { code, errors } = await runRelay(
      ['serve', '--host', '0.0.0.0', '--port', 'x', '--max-age', 'soon'],
      {
        WEBHOOK_URL: 'ftp://receiver.example',
        ADMIN_API_KEY: 'short-secret',
        RELAY_OUTBOX: 'mysql://u:pw@h',
      },
    )
    expect(code).toBe(2)
    for (const problem of [
      'WEBHOOK_URL is not an https address',
      'ADMIN_API_KEY has 12 characters, expected at least 24',
      'RELAY_TOKEN is missing, and RELAY_HOST (0.0.0.0) can be reached from other machines',
      'RELAY_PORT is "x", expected a whole number from 0 to 65535',
      'RELAY_MAX_AGE is "soon", expected a duration such as 90s, 12h or 7d',
      'RELAY_OUTBOX is an address of an unknown kind',
    ]) {
      expect(errors).toContain(problem)
    }
    expect(errors).not.toMatch(/short-secret|pw@/)
  })

  test('delivers what SQL inserts into a PostgreSQL outbox, and the commands work on it', async () => {
    await using product = await createTestDatabase()
    env = { ...env, RELAY_OUTBOX: product.url, RELAY_SCHEMA: 'product' }
    const relay = await serveHere()
    const { rows } = await product.pool.query('SELECT product.webhook_outbox_emit($1) AS id', [
      tenant('tenant-sql'),
    ])
    await vi.waitFor(async () => expect(await receiver.storedIds()).toContain(rows[0].id), 60_000)
    await vi.waitFor(
      async () => expect(await json('status')).toMatchObject({ accepted: 1, delivered: 1 }),
      60_000,
    )
    await relay.stop()
  })

  test('tails changes as they happen, and prints SQL for a product’s own migrations', async () => {
    const relay = await serveHere()
    await post(relay.url, tenant('tenant-tail'))
    await vi.waitFor(async () => expect(await json('status')).toMatchObject({ delivered: 1 }), 60_000)
    const controller = new AbortController()
    const lines: string[] = []
    const context = {
      env,
      write: (text: string) => void lines.push(text),
      writeError: () => {},
      nowMs: Date.now(),
      signal: controller.signal,
    }
    const tail = runCli(['tail'], context)
    await vi.waitFor(() => expect(lines.join('')).toMatch(/tenant.created {2}delivered/), 60_000)
    controller.abort()
    expect(await tail).toBe(0)
    lines.length = 0
    await runCli(['sql', '--schema', 'product'], context)
    expect(lines.join('')).toContain('CREATE OR REPLACE FUNCTION "product".webhook_outbox_emit(event JSONB')
  })

  test('refuses a database password on the command line, and reads it from a file', async () => {
    const refused = await run('status', '--outbox', 'postgres://relay:secret@127.0.0.1:9/product')
    expect(refused.code).toBe(2)
    expect(refused.errors).toMatch(/--outbox holds a password.*RELAY_OUTBOX_FILE/s)
    expect(refused.errors).not.toContain('secret')
    const { RELAY_OUTBOX: path, ...rest } = env
    const file = join(folder, 'outbox-address')
    writeFileSync(file, `${path}\n`)
    env = { ...rest, RELAY_OUTBOX_FILE: file }
    await createSqliteOutbox({ path: path as string }).close()
    expect(await json('status')).toMatchObject({ accepted: 0 })
    env.RELAY_OUTBOX = path as string
    expect((await run('status')).errors).toContain('RELAY_OUTBOX and RELAY_OUTBOX_FILE are given')
  })

  test('shows no escape sequence of a response to the terminal', async () => {
    const sequence = '\u001b[2J\u001b]0;owned\u0007\u009b31m'
    const outbox = createSqliteOutbox({ path: env.RELAY_OUTBOX as string })
    const id = randomUUID()
    await outbox.accept({ id, eventType: `scan.failed${sequence}`, body: '{}' })
    await outbox.close()
    for (const args of [['list'], ['show', id], ['list', '--json']]) {
      const { output } = await run(...args)
      expect(output).toContain('\\u001b[2J\\u001b]0;owned\\u0007\\u009b31m')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(output).not.toMatch(/[\x1b\x07\x9b]/)
    }
  })
})
