import { expect, type TestContext, test } from 'vitest'
import { type AttackReport, toLine } from '../src/attack.ts'
import { comeAllAtOnce } from '../src/everybody-at-once.ts'
import { floodWithRefusals } from '../src/floods.ts'
import { tryForeignScopes } from '../src/foreign-scopes.ts'
import { holdBodies, sendOversizedEvents } from '../src/oversized-bodies.ts'
import { comeFromBrowsers, guessTokens } from '../src/relay-doors.ts'
import { sendFuzzedBodies } from '../src/send-fuzzed-bodies.ts'
import { trickleBytes } from '../src/slow-strangers.ts'
import { startExample } from '../src/start-example.ts'
import { startRelay } from '../src/start-relay.ts'
import { askToContinue, forgeAddresses, keepSessions, undoConsent } from '../src/strangers-of-the-site.ts'
import { holdUnfinishedConnections } from '../src/unfinished-connections.ts'
import { tryWrongKeys } from '../src/wrong-keys.ts'

// A few of each in the suite; as many as the titles of `npm run attacks` say there, and in CI.
const isWhole = process.env.ATTACKS === 'all'

/** The line of the report is printed by the reporter beside the result. */
const expectNothingThrough = ({ task }: TestContext, report: AttackReport): void => {
  task.meta.attack = toLine(report)
  expect(report.tried).toBeGreaterThan(0)
  expect(report.gotThrough, toLine(report)).toBe(0)
}

// These three mostly wait, each for a server of its own.
test.concurrent('connections that never finish a request do not keep the server from stopping', async (context) => {
  await using target = await startExample({ SHUTDOWN_TIMEOUT_SECONDS: '1' })
  expectNothingThrough(context, await holdUnfinishedConnections(target, { perKind: 3, withinMs: 15_000 }))
})

test.concurrent('strangers who send a byte now and then are cut off', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await trickleBytes(target, { perKind: 5, withinMs: 40_000, everyMs: 500 }))
}, 90_000)

test.concurrent('wrong keys share one limit on every route, and never lock out the right one', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await tryWrongKeys(target, { tries: 100, limit: 30 }))
})

test('a key that may only send, or only read, does nothing else', async (context) => {
  const keys = { ingest: 'a-key-that-may-only-send-events', read: 'a-key-that-may-only-read-numbers' }
  await using target = await startExample({ INGEST_API_KEYS: keys.ingest, READ_API_KEYS: keys.read })
  expectNothingThrough(context, await tryForeignScopes(target, keys))
})

test('a flood of refusals fills neither the table nor the log', async (context) => {
  await using target = await startExample({ LOG_LEVEL: 'info' })
  expectNothingThrough(
    context,
    await floodWithRefusals(target, {
      requests: isWhole ? 12_000 : 3_000,
      perReasonAndRoute: 60,
      maxLogBytes: 100_000,
    }),
  )
}, 90_000)

/** `npm run attacks -- -t fuzzed` with `ATTACK_BODIES=1000000` sends a million. */
const bodies = Number(process.env.ATTACK_BODIES ?? (isWhole ? 20_000 : 3_000))

test(`${bodies} fuzzed bodies on four routes break none, store nothing that the contract refuses, and leave memory flat`, {
  timeout: 120_000 + bodies * 5,
}, async (context) => {
  await using target = await startExample({ WEBHOOK_RATE_LIMIT: '1000000' })
  await using relay = await startRelay(target, { LOG_LEVEL: 'info' })
  const report = await sendFuzzedBodies(target, relay, { bodies, seed: 20261129 })
  expectNothingThrough(context, report)
  expect(report.rssMb.late - report.rssMb.early).toBeLessThan(100)
})

const crowd = isWhole
  ? { strangers: 1000, readers: 12, tenants: 10_000 }
  : { strangers: 300, readers: 4, tenants: 1000 }

test(`${crowd.strangers} slow strangers and ${crowd.readers} heavy readers cost 50 good senders no event`, async (context) => {
  await using target = await startExample({ WEBHOOK_RATE_LIMIT: '1000000' })
  const report = await comeAllAtOnce(target, { ...crowd, senders: 50, eventsEach: isWhole ? 60 : 20 })
  expectNothingThrough(context, report)
}, 240_000)

test('the relay takes nothing from a browser', async (context) => {
  await using target = await startExample()
  await using open = await startRelay(target)
  expectNothingThrough(context, await comeFromBrowsers(open))
})

test('the relay judges ten wrong tokens a minute, and never locks out the right one', async (context) => {
  const token = 'the-token-that-nobody-guesses'
  await using target = await startExample()
  await using relay = await startRelay(target, { RELAY_TOKEN: token })
  expectNothingThrough(context, await guessTokens(relay, { token, tries: 300, limit: 10 }))
})

test('events beyond their bounds are refused, within batches as well', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await sendOversizedEvents(target))
})

test('bodies that are never finished do not fill the memory of the example', async (context) => {
  await using target = await startExample({ WEBHOOK_RATE_LIMIT: '1000000' })
  const route = '/v1/webhooks/description-service/batch'
  const key = { 'x-admin-key': target.adminKey }
  expectNothingThrough(
    context,
    await holdBodies(target, { name: 'the example', route, key, bodies: 300, maxMb: 100 }),
  )
}, 60_000)

test('bodies that are never finished do not fill the memory of the relay', async (context) => {
  await using target = await startExample()
  await using relay = await startRelay(target)
  expectNothingThrough(
    context,
    await holdBodies(relay, { name: 'the relay', route: '/events', key: {}, bodies: 300, maxMb: 100 }),
  )
}, 60_000)

test('a stranger does not undo an unsubscribe', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await undoConsent(target, { tries: 10 }))
})

test('a forged X-Forwarded-For is nobody', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await forgeAddresses(target, { tries: 200, limit: 30 }))
})

test('nobody is told to continue without the key, in any spelling of the path', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await askToContinue(target))
})

test('a session ends in every process when somebody signs out', async (context) => {
  await using one = await startExample()
  await using other = await startExample({ DATABASE_URL: one.databaseUrl })
  expectNothingThrough(context, await keepSessions(one, other, { sessions: 5 }))
})
