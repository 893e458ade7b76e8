import { createTestDatabase } from '@altcontext/test-database'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import { type AttackReport, toLine } from '../src/attack.ts'
import {
  crossWindows,
  crowdOutCounts,
  floodWithBatches,
  framePages,
  keepBodies,
  leaveReports,
  openConnections,
  refusedHeads,
} from '../src/doors-of-the-example.ts'
import { comeAllAtOnce } from '../src/everybody-at-once.ts'
import { floodWithRefusals } from '../src/floods.ts'
import { tryForeignScopes } from '../src/foreign-scopes.ts'
import { hideAddresses, nameAddresses, sendSecrets } from '../src/hidden-addresses.ts'
import { head } from '../src/open-socket.ts'
import { holdBodies, sendOversizedEvents } from '../src/oversized-bodies.ts'
import {
  blankSecrets,
  logParameters,
  lookForPasswords,
  nameSchemas,
  prepareOutboxes,
  steerTerminals,
} from '../src/private-files.ts'
import { comeFromBrowsers, guessTokens } from '../src/relay-doors.ts'
import { sendFuzzedBodies } from '../src/send-fuzzed-bodies.ts'
import { slowRequests, trickleBytes } from '../src/slow-strangers.ts'
import { startExample } from '../src/start-example.ts'
import { startRelay } from '../src/start-relay.ts'
import { askToContinue, forgeAddresses, keepSessions, undoConsent } from '../src/strangers-of-the-site.ts'
import { holdUnfinishedConnections } from '../src/unfinished-connections.ts'
import { tryWrongKeys } from '../src/wrong-keys.ts'

/** `npm run attacks` runs everything; the suite runs a part of it, without the attacks that wait for time-outs or start many programs. */
const isWhole = process.env.ATTACKS === 'all'

/** The line of the report is printed by the reporter beside the result. */
const expectNothingThrough = ({ task }: TestContext, report: AttackReport): void => {
  task.meta.attack = toLine(report)
  expect(report.tried).toBeGreaterThan(0)
  expect(report.gotThrough, toLine(report)).toBe(0)
}

const hooks = '/v1/webhooks/description-service'
const withoutLimit = { WEBHOOK_RATE_LIMIT: '1000000' }
const scopedKeys = { ingest: 'a-key-that-may-only-send-events', read: 'a-key-that-may-only-read-numbers' }

/** For attacks that do not affect each other; and one without a limit, in which they, and relays, store events. */
let shared: Awaited<ReturnType<typeof startExample>>
let receiver: Awaited<ReturnType<typeof startExample>>
beforeAll(async () => {
  const variables = {
    ...withoutLimit,
    INGEST_API_KEYS: scopedKeys.ingest,
    READ_API_KEYS: scopedKeys.read,
  }
  ;[shared, receiver] = await Promise.all([startExample(), startExample(variables)])
})
afterAll(() => Promise.all([shared, receiver].map((server) => server?.[Symbol.asyncDispose]())))

describe('at a server for one stranger after the other', () => {
  let target: Awaited<ReturnType<typeof startExample>>
  beforeAll(async () => {
    target = await startExample({ SHUTDOWN_TIMEOUT_SECONDS: '1' })
  })
  afterAll(() => target?.[Symbol.asyncDispose]())

  test('wrong keys share one limit on every route, and never lock out the valid one', async (context) => {
    expectNothingThrough(context, await tryWrongKeys(target, { tries: 100, limit: 30 }))
  })

  // The limit is used up by now: an address that were believed would have a new one.
  test('a forged X-Forwarded-For is ignored', async (context) => {
    expectNothingThrough(context, await forgeAddresses(target, { tries: 200, limit: 30 }))
  })

  // The last one: the server is stopped.
  test('connections that never finish a request do not keep the server from stopping', async (context) => {
    expectNothingThrough(context, await holdUnfinishedConnections(target, { perKind: 3, withinMs: 25_000 }))
  })
})

test.runIf(isWhole)('the count of an address is not forgotten for ten thousand others', async (context) => {
  await using target = await startExample({ TRUSTED_PROXY_HOPS: '1', LOG_LEVEL: 'error' })
  expectNothingThrough(context, await crowdOutCounts(target, { others: 20_000, limit: 30 }))
})

// These wait for most of a minute, so they run side by side.
const testBeside = isWhole ? test.concurrent : test.skip

testBeside('strangers who send a byte from time to time are cut off by the example', async (context) => {
  await using target = await startExample()
  const requests = slowRequests([hooks, '/v1/events'])
  expectNothingThrough(
    context,
    await trickleBytes(target, { requests, perKind: 250, withinMs: 80_000, everyMs: 500 }),
  )
})

testBeside('strangers who send a byte from time to time are cut off by the relay', async (context) => {
  await using relay = await startRelay(receiver, { RELAY_TOKEN: 'the-token-that-nobody-guesses' })
  const requests = slowRequests(['/events', '/events'])
  expectNothingThrough(
    context,
    await trickleBytes(relay, { requests, perKind: 100, withinMs: 80_000, everyMs: 500 }),
  )
})

testBeside('connections beyond the allowed number are cut', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await openConnections(target, { connections: 2300, allowed: 2000 }))
})

testBeside('the limit of a minute holds wherever the minute begins', async (context) => {
  await using target = await startExample()
  expectNothingThrough(context, await crossWindows(target, { limit: 300 }))
})

// Before strangers without a key come to this server, whose limit would be another reason to refuse.
test('a key that may only send, or only read, does nothing else', async (context) => {
  expectNothingThrough(context, await tryForeignScopes(receiver, scopedKeys))
})

test('a response that comes before the body ends the connection, at the example', async (context) => {
  expectNothingThrough(context, await keepBodies(shared, refusedHeads(shared)))
})

describe.runIf(isWhole)('at a relay with a token', () => {
  const token = 'the-token-that-nobody-guesses'
  let relay: Awaited<ReturnType<typeof startRelay>>
  beforeAll(async () => {
    relay = await startRelay(receiver, { RELAY_TOKEN: token })
  })
  afterAll(() => relay?.[Symbol.asyncDispose]())

  test('a response that comes before the body ends the connection, at the relay', async (context) => {
    const json = { 'content-type': 'application/json', 'content-length': '1000' }
    const heads = [
      head('/events', { ...json, authorization: 'Bearer wrong' }),
      head('/events', { ...json, origin: 'https://evil.example' }),
    ]
    expectNothingThrough(context, await keepBodies(relay, heads))
  })

  test('the relay checks ten wrong tokens a minute, and never locks out the valid one', async (context) => {
    expectNothingThrough(context, await guessTokens(relay, { token, tries: 300, limit: 10 }))
  })
})

test('nobody gets a 100 Continue without the key, in any spelling of the path', async (context) => {
  expectNothingThrough(context, await askToContinue(shared))
})

test('bodies that are never finished do not fill the memory of the example', async (context) => {
  const key = { 'x-admin-key': receiver.adminKey }
  expectNothingThrough(
    context,
    await holdBodies(receiver, {
      name: 'the example',
      route: `${hooks}/batch`,
      key,
      bodies: 300,
      maxMb: 100,
    }),
  )
})

describe('at a relay without a token', () => {
  let relay: Awaited<ReturnType<typeof startRelay>>
  beforeAll(async () => {
    relay = await startRelay(receiver)
  })
  afterAll(() => relay?.[Symbol.asyncDispose]())

  test.runIf(isWhole)(
    'bodies that are never finished do not fill the memory of the relay',
    async (context) => {
      expectNothingThrough(
        context,
        await holdBodies(relay, { name: 'the relay', route: '/events', key: {}, bodies: 300, maxMb: 100 }),
      )
    },
  )

  test('the relay takes nothing from a browser', async (context) => {
    expectNothingThrough(context, await comeFromBrowsers(relay))
  })
})

test('the queries of readers who leave end, and strangers and readers cost good senders no event', async (context) => {
  const crowd = isWhole
    ? { strangers: 1000, readers: 12, tenants: 10_000, senders: 50, eventsEach: 60 }
    : { strangers: 300, readers: 4, tenants: 1000, senders: 50, eventsEach: 20 }
  const report = await comeAllAtOnce(receiver, crowd)
  expectNothingThrough(context, report)
  const left = await leaveReports(receiver, { clients: 50, looks: 300 })
  context.task.meta.attack = `${toLine(report)}\n  ${toLine(left)}`
  expect(left.gotThrough).toBe(0)
}, 240_000)

test.runIf(isWhole)('neither server starts with a blank secret', async (context) => {
  expectNothingThrough(context, await blankSecrets(receiver))
})

test.runIf(isWhole)(
  'the file of an outbox is readable for its owner alone, and is not a link',
  async (context) => {
    expectNothingThrough(context, await prepareOutboxes(receiver))
  },
)

test.runIf(isWhole)('the contents of events do not control a terminal', async (context) => {
  expectNothingThrough(context, await steerTerminals(receiver))
})

test.runIf(isWhole)('no password of a database is in a command line', async (context) => {
  expectNothingThrough(context, await lookForPasswords(receiver))
})

test.runIf(isWhole)('the name of a schema stays a name', async (context) => {
  expectNothingThrough(context, await nameSchemas(receiver))
})

test('a flood of refusals fills neither the table nor the log, and is counted', async (context) => {
  await using target = await startExample({ LOG_LEVEL: 'info', TRUSTED_PROXY_HOPS: '1' })
  const requests = isWhole ? 12_000 : 3000
  expectNothingThrough(
    context,
    await floodWithRefusals(target, { requests, perReasonAndRoute: 60, maxLogBytes: 100_000 }),
  )
})

test.runIf(isWhole)('events in batches have a limit of their own', async (context) => {
  await using target = await startExample(withoutLimit)
  expectNothingThrough(context, await floodWithBatches(target, { events: 61_000, limit: 60_000 }))
})

test('events beyond the limits are refused, within batches as well', async (context) => {
  expectNothingThrough(context, await sendOversizedEvents(shared))
})

test('no page can be shown in a frame', async (context) => {
  expectNothingThrough(context, await framePages(shared))
})

test('a session ends in every process when somebody signs out, and stays ended after a restart', async (context) => {
  const startAnother = () => startExample({ DATABASE_URL: shared.databaseUrl })
  await using other = await startAnother()
  expectNothingThrough(context, await keepSessions(shared, other, { sessions: 5, startAnother }))
})

test('no address is stored as an identifier', async (context) => {
  expectNothingThrough(context, await nameAddresses(shared))
})

test('no stored free text or site holds an address or a credential', async (context) => {
  expectNothingThrough(context, await sendSecrets(shared))
})

test('at the level trace no route leaves an address in a log line or in a table', async (context) => {
  await using target = await startExample({ LOG_LEVEL: 'trace', TRUSTED_PROXY_HOPS: '1' })
  expectNothingThrough(context, await hideAddresses(target))
})

test.runIf(isWhole)('PostgreSQL does not log parameters unnoticed', async (context) => {
  await using database = await createTestDatabase()
  const startServer = () => startExample({ DATABASE_URL: database.url })
  expectNothingThrough(context, await logParameters(database, startServer))
})

test('a stranger cannot undo an unsubscribe', async (context) => {
  expectNothingThrough(context, await undoConsent(shared, { tries: 10 }))
})

const bodies = Number(process.env.ATTACK_BODIES ?? (isWhole ? 20_000 : 2000))

test(`${bodies} fuzzed bodies on four routes break none, store nothing that the contract refuses, and leave memory flat`, {
  timeout: 120_000 + bodies * 5,
}, async (context) => {
  await using target = await startExample(withoutLimit)
  await using relay = await startRelay(target, { LOG_LEVEL: 'info' })
  const seed = Number(process.env.ATTACK_SEED ?? 20261129)
  const report = await sendFuzzedBodies(target, relay, { bodies, seed })
  expectNothingThrough(context, report)
  // The memory that a program refers to does not grow with the requests, and it stays within the machine's.
  for (const { early, late } of Object.values(report.memory)) {
    expect(late.heapMb - early.heapMb).toBeLessThan(10)
    expect(late.externalMb - early.externalMb).toBeLessThan(10)
    expect(late.rssMb).toBeLessThan(256)
  }
})
