import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { oldestNodes } from '@altcontext/oldest-nodes'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { runRelay } from './run-relay.ts'
import { adminKey, startReceiver } from './start-receiver.ts'
import { runRelayCommand, startRelayProcess } from './start-relay-process.ts'

let receiver: Awaited<ReturnType<typeof startReceiver>>
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhook-relay-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

// CI has them all; otherwise the one whose SQLite forgives least.
const triedNodes = oldestNodes.filter(
  ({ version }) => process.env.MATRICES === 'all' || version.startsWith('24.'),
)

test.each(triedNodes)(
  'on Node $version, status, replay and prune beside a relay lose no event whose response was 202',
  { timeout: 300_000 },
  async ({ version, path: node }) => {
    const env = {
      WEBHOOK_URL: receiver.url,
      ADMIN_API_KEY: adminKey,
      RELAY_OUTBOX: join(folder, 'outbox.db'),
    }
    receiver.receiver.isDown = true
    const first = await startRelayProcess(env, node)
    const producer = startProducer(first.url, `tenant-${version}`)
    await vi.waitFor(() => expect(producer.told.length).toBeGreaterThan(10), 60_000)
    const commands = [['status'], ['replay', '--all-dead'], ['prune', '--older-than', '0s']]
    const ended: { code: number | null; errors: string }[] = []
    for (const args of commands) {
      ended.push(await runRelayCommand(args, env, node))
      const { length } = producer.told
      await vi.waitFor(() => expect(producer.told.length).toBeGreaterThan(length + 4), 60_000)
    }
    await first.stop('SIGKILL')
    const told = await producer.stop()
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0])
    receiver.receiver.isDown = false
    const second = await startRelayProcess(env, node)
    try {
      // On a busy machine the commands take longer than the short retries, and events wait for their first long retry.
      await vi.waitFor(async () => expect((await counts(second.url)).pending).toBe(0), {
        timeout: 200_000,
        interval: 500,
      })
      const stored = new Set(await receiver.storedIds())
      expect(told.filter((id) => !stored.has(id))).toEqual([])
      const { accepted, delivered, duplicate } = await counts(second.url)
      expect(delivered + duplicate).toBe(accepted)
      expect(accepted).toBeGreaterThanOrEqual(told.length)
    } finally {
      await second.stop('SIGKILL')
    }
  },
)

test.each(['3.49.0', '3.48.9', '2.99.99'])(
  'a relay on SQLite %s, which a Node may take from its system, does not start, and says why in a sentence',
  async (version) => {
    const { prepare } = DatabaseSync.prototype
    vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, sql) {
      return prepare.call(this, sql.replace('sqlite_version()', `'${version}'`))
    })
    const env = {
      WEBHOOK_URL: receiver.url,
      ADMIN_API_KEY: adminKey,
      RELAY_OUTBOX: join(folder, 'outbox.db'),
    }
    expect(await runRelay(['serve', '--port', '0'], env)).toEqual({
      code: 1,
      output: '',
      errors: `Failed to open the SQLite outbox: this Node has SQLite ${version}, which is not known to be safe. Use a Node with SQLite 3.49.1 or newer, such as those of nodejs.org.\n`,
    })
  },
)

test('the oldest SQLite that is allowed is that of one of the oldest Nodes, so that it is tested', () => {
  const versions = oldestNodes.map(({ path }) =>
    execFileSync(path, ['-p', 'process.versions.sqlite'], { encoding: 'utf8' }).trim(),
  )
  expect(versions.sort()[0]).toBe('3.49.1')
})

const counts = async (url: string) =>
  ((await (await fetch(new URL('/stats', url))).json()) as { counts: Record<string, number> }).counts as {
    accepted: number
    delivered: number
    duplicate: number
    pending: number
  }

/**
 * Posts an event forty times a second at most, until it is stopped: transactions are what meets the commands, and the cost of
 * events is not. `told` are the ids whose response was 202.
 */
const startProducer = (url: string, tenantId: string) => {
  const told: string[] = []
  let isStopped = false
  const run = async (): Promise<void> => {
    for (let number = 0; !isStopped; number += 1) {
      const event = {
        eventType: 'scan.completed',
        tenantId,
        occurredAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
        payload: { jobId: `job-${number}`, mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
      }
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ events: [event] }),
      }).catch(() => undefined)
      if (response?.status === 202) told.push(...((await response.json()) as { eventIds: string[] }).eventIds)
      // Whatever it posts has to be delivered in the end.
      await delay(25)
    }
  }
  const running = run()
  return {
    told,
    stop: async (): Promise<string[]> => {
      isStopped = true
      await running
      return told
    },
  }
}
