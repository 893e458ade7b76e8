import type { Database } from '@altcontext/webhook-store'
import { expect } from 'vitest'
import { ask, type TestBridge } from '../test-bridge.ts'
import { expectedBridge } from './expect-bridge.ts'
import { expectedChannel } from './expect-channel.ts'
import { dimensions, expectedChannels } from './expect-channels.ts'
import { expectedCohorts } from './expect-cohorts.ts'
import {
  addUpDuplicates,
  expectedDuplicates,
  expectedEvents,
  expectedRefusals,
  expectedRestatements,
  inOrder,
  type Restatement,
} from './expect-events.ts'
import { cohortCounts, expectedTenant, expectedTenants } from './expect-tenants.ts'
import { expectedServiceUsage } from './expect-usage.ts'
import { expectedFreshness, type Window } from './facts.ts'
import { dayMs } from './history.ts'
import { databaseOf } from './play-history.ts'
import { addDays, channelNamed, dayOf, ownersOf, type World } from './world.ts'

type App = Awaited<ReturnType<TestBridge['serve']>>

interface Compared {
  path: string
  response: unknown
  expected: unknown
}

/**
 * Requests every route for every owner, until a response differs from the oracle: returns which one, and how.
 *
 * @param database - the bridge's own, or one that changes its statements.
 */
export const findDifference = async (
  bridge: TestBridge,
  world: World,
  database: Database = bridge.database,
): Promise<string | undefined> => {
  for (const owner of ownersOf(world)) {
    const scoped = databaseOf(database, world.history, owner)
    const app = await bridge.serve({ database: scoped, now: () => world.nowMs })
    try {
      for await (const { path, response, expected } of askOwner(app, world, owner)) {
        const difference = differenceOf(response, expected)
        if (difference !== undefined) return `${path} ${difference}`
      }
    } finally {
      await app.close()
    }
  }
  return undefined
}

async function* askOwner(app: App, world: World, owner: number): AsyncGenerator<Compared, void> {
  const { questions } = world.history
  const { horizonDays } = questions
  const today = dayOf(world.nowMs)
  const chosen = windowOf(world.history)
  const recent = { from: addDays(today, -45), to: today }
  const long = { from: addDays(today, -365), to: today }
  const asked = async (
    path: string,
    expected: unknown,
    shape: (response: never) => unknown = (response) => response,
  ): Promise<Compared> => ({
    path: `${path} of ${owner}`,
    response: shape((await ask(app, `/v1/metrics/${path}`)) as never),
    expected,
  })
  const days = ({ from, to }: Window) => `from=${from}&to=${to}`

  for (const window of [chosen, recent, long]) {
    for (const tenant of [undefined, 'a']) {
      const isCompared = window !== long
      const query = `${days(window)}&horizonDays=${horizonDays}${tenant ? `&tenantId=${tenant}` : ''}&compareTo=${isCompared}`
      const question = { window, horizonDays, ...(tenant && { tenant }), isCompared }
      yield await asked(`service-usage?${query}`, expectedServiceUsage(world, owner, question))
    }
  }
  for (const by of dimensions) {
    for (const touch of ['first', 'last'] as const) {
      const window = touch === 'first' ? recent : chosen
      yield await asked(
        `channels?${days(window)}&horizonDays=${horizonDays}&by=${by}&touch=${touch}`,
        expectedChannels(world, owner, { window, horizonDays, by, touch }),
      )
    }
  }
  // Of long windows it is proven first that no older lead waits to be copied.
  yield await asked(
    `channels?${days(long)}&horizonDays=${horizonDays}`,
    expectedChannels(world, owner, { window: long, horizonDays, by: 'channel', touch: 'first' }),
  )
  for (const channel of ['email', 'E-Mail', 'none', 'nowhere']) {
    yield await asked(
      `channels/${channel}?${days(recent)}&horizonDays=${horizonDays}`,
      expectedChannel(world, owner, { window: recent, horizonDays, channel: channelNamed(channel) }),
    )
  }
  const { sort, order, search } = questions
  yield {
    path: `tenants, page by page, by ${sort} ${order} of ${owner}`,
    response: await pageTenants(
      app,
      `${days(chosen)}&sort=${sort}&order=${order}&search=${encodeURIComponent(search)}`,
    ),
    expected: expectedTenants(world, owner, { window: chosen, sort, order, search }),
  }
  for (const counted of cohortCounts) {
    const channel = counted === 'tenantsCreated' ? 'email' : undefined
    const query = `counted=${counted}&horizonDays=${horizonDays}${channel ? `&channel=${channel}` : ''}`
    yield {
      path: `tenants?${query} of ${owner}`,
      response: await pageTenants(app, `${days(recent)}&sort=tenantId&order=asc&${query}`),
      expected: expectedTenants(world, owner, {
        window: recent,
        search: '',
        sort: 'tenantId',
        order: 'asc',
        among: { counted, horizonDays, ...(channel && { channel }) },
      }),
    }
  }
  for (const tenant of ['a', 'Bb', 'd%e']) {
    const expected = expectedTenant(world, owner, { tenant, window: recent })
    if (expected === undefined) continue
    yield await asked(
      `tenants/${encodeURIComponent(tenant)}?${days(recent)}&limit=500`,
      expected,
      withoutPage,
    )
  }
  for (const by of ['week', 'month'] as const) {
    for (const channel of [null, 'email', 'none']) {
      const [from, to] = [
        addDays(today, -70),
        addDays(chosen.to, 0) < addDays(today, -70) ? today : chosen.to,
      ]
      yield await asked(
        `cohorts?by=${by}&${days({ from, to })}${channel ? `&channel=${channel}` : ''}`,
        expectedCohorts(world, owner, { by, from, to, channel }),
      )
    }
  }
  yield await asked(
    'restatements?limit=500',
    expectedRestatements(world, owner, { from: addDays(today, -29), to: today }),
    restatementsOf,
  )
  yield await asked(
    `restatements?${days(long)}&limit=500`,
    expectedRestatements(world, owner, long),
    restatementsOf,
  )
  yield await asked('bridge', expectedBridge(world, owner), withKnownDetails(world))
  yield await asked(
    'events?kind=refused',
    expectedRefusals(world, owner),
    ({ refusals }: { refusals: never[] }) =>
      refusals.map(({ words, ...refusal }: { words: unknown; reason: string }) =>
        refusal.reason === 'rate_limited' ? refusal : { ...refusal, words },
      ),
  )
  yield await asked(
    `events?kind=duplicate&limit=500&${days(recent)}`,
    expectedDuplicates(world, owner, recent),
    ({ duplicates }: { duplicates: Parameters<typeof addUpDuplicates>[0] }) => addUpDuplicates(duplicates),
  )
  for (const filter of [{}, { tenant: 'a' }, { type: 'scan.completed', window: chosen }]) {
    const { tenant, type, window } = filter as { tenant?: string; type?: string; window?: Window }
    const query = `limit=500${tenant ? `&tenantId=${tenant}` : ''}${type ? `&type=${type}` : ''}${window ? `&${days(window)}` : ''}`
    yield await asked(
      `events?${query}`,
      [expectedEvents(world, owner, filter), expectedFreshness(world, owner, window)],
      ({ events, freshness }: { events: unknown; freshness: unknown }) => [events, freshness],
    )
  }
  yield {
    path: `events, page by page, of ${owner}`,
    response: await pageThrough(app),
    expected: expectedEvents(world, owner),
  }
}

/** From the day of one event to the day of another, so that it includes what happens at its edges. */
const windowOf = ({ events, questions }: World['history']): Window => {
  const [from = 0, to = 0] = [questions.from, questions.to]
    .map((position) => events[position % events.length]?.atMs ?? 0)
    .sort((left, right) => left - right)
  return { from: dayOf(Math.max(from, to - 300 * dayMs)), to: dayOf(to) }
}

const pageTenants = async (app: App, query: string): Promise<unknown> => {
  const tenants: unknown[] = []
  for (let after = ''; ; ) {
    const { page, ...response } = await ask(
      app,
      `/v1/metrics/tenants?${query}&limit=20${after && `&after=${after}`}`,
    )
    tenants.push(...response.tenants)
    const { sort, order, total, next } = page
    if (next === null) return { ...response, tenants, page: { sort, order, total } }
    after = next
  }
}

const pageThrough = async (app: App): Promise<unknown[]> => {
  const events: unknown[] = []
  for (let before = ''; ; ) {
    const response = await ask(app, `/v1/metrics/events?limit=7${before && `&before=${before}`}`)
    events.push(...response.events)
    if (response.page.next === null) return events
    before = response.page.next
  }
}

const withoutPage = ({ page: _page, ...response }: Record<string, unknown>) => response

const restatementsOf = ({ restatements, page }: { restatements: Restatement[]; page: { total: number } }) => {
  expect(page.total).toBe(restatements.length)
  expect(restatements.map(({ restatedAt, day }) => [restatedAt, day])).toEqual(
    restatements.toSorted(inOrder).map(({ restatedAt, day }) => [restatedAt, day]),
  )
  return restatements.toSorted(inOrder)
}

/** Only the details of jobs on which the numbers depend: the others have tests of their own. */
const withKnownDetails =
  (world: World) =>
  (response: {
    jobs: Record<string, { run: { details: Record<string, unknown> } | null }>
    traffic: { lastEvents: { eventType: string }[] }
  }) => {
    response.traffic.lastEvents.sort((left, right) => (left.eventType < right.eventType ? -1 : 1))
    for (const [kind, { run }] of Object.entries(response.jobs)) {
      const known = Object.keys(world.runs[kind as keyof World['runs']]?.details ?? {})
      if (run !== null) run.details = Object.fromEntries(known.map((name) => [name, run.details[name]]))
    }
    return response
  }

const isClose = (name: string): boolean =>
  /^(probability|low|high|value|delta|points|previous|shrunkRate|p50Ms|p95Ms)/.test(name)

const toleranceOf = (path: string, expected: number): number => {
  if (path.includes('probability')) return 5e-4
  // For hours that are counted, three digits are kept; and a half may be rounded either way.
  if (path.includes('.lag.')) return Math.max(1, 0.006 * expected)
  return 1e-9 * Math.max(1, Math.abs(expected))
}

/**
 * Where a response differs from the oracle, or undefined. Counts, days and reasons must be the same; rates and
 * intervals may differ in their last digits, and probabilities, which the oracle adds up in another way, in their fourth.
 */
const differenceOf = (response: unknown, expected: unknown, path = ''): string | undefined => {
  if (typeof response === 'number' && typeof expected === 'number' && isClose(path.split('.').at(-1) ?? '')) {
    if (Math.abs(response - expected) <= toleranceOf(path, expected)) return undefined
  }
  if (
    typeof response === 'object' &&
    typeof expected === 'object' &&
    response !== null &&
    expected !== null
  ) {
    const names = new Set([...Object.keys(response), ...Object.keys(expected)])
    for (const name of names) {
      const [one, other] = [response, expected].map((value) => (value as Record<string, unknown>)[name])
      const difference = differenceOf(one, other, `${path}.${name}`)
      if (difference !== undefined) return difference
    }
    return undefined
  }
  return Object.is(response, expected)
    ? undefined
    : `${path}: the response has ${JSON.stringify(response)}, expected ${JSON.stringify(expected)}`
}
