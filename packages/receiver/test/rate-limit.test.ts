import type { RateLimitRedis } from '@altcontext/webhook-receiver'
import { createEventWriter, fromPg } from '@altcontext/webhook-store'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { eventually, path, scanCompleted, useReceiver } from './receiver-app.ts'
import { hasRedis, startRedis } from './start-redis.ts'

const receiver = useReceiver()
const wrong = { headers: { 'x-admin-key': 'a-wrong-key' } }

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

const statusesOf = async (responses: Promise<{ statusCode: number }>[]): Promise<number[]> => [
  ...new Set((await Promise.all(responses)).map(({ statusCode }) => statusCode)),
]

/** A receiver on a clock of its own, which writes nothing. */
const startOn = async (clock: { nowMs: number }, options: object = {}) =>
  receiver.start({
    now: () => clock.nowMs,
    writer: {
      write: async ({ id }) => ({ status: 'stored', eventId: id }),
      writeAll: async (events) => events.map(({ id }) => ({ status: 'stored', eventId: id })),
      close: async () => {},
    },
    ...options,
  })
const start2026 = () => ({ nowMs: Date.parse('2026-11-22T12:00:00Z') })

describe('the rate limit', () => {
  test('responds to the 301st request of a minute with 429 and Retry-After, and to the first of the next minute with 200', async () => {
    const clock = start2026()
    const { post, refused } = await startOn(clock)
    expect(await statusesOf(times(300, () => post(scanCompleted())))).toEqual([200])
    clock.nowMs += 14_500
    const response = await post(scanCompleted())
    expect([response.statusCode, response.json()]).toEqual([429, { ok: false, error: 'rate_limited' }])
    expect(response.headers['retry-after']).toBe('46')
    expect(refused).toMatchObject([{ reason: 'rate_limited', statusCode: 429, endpoint: path }])
    clock.nowMs += 45_700
    expect((await post(scanCompleted())).statusCode).toBe(200)
  })

  test('counts a valid key together from all addresses and on both routes', async () => {
    const { post } = await startOn(start2026(), { rateLimit: { max: 2 } })
    expect((await post(scanCompleted(), { remoteAddress: '10.0.0.1' })).statusCode).toBe(200)
    expect(
      (await post({ events: [scanCompleted()] }, { remoteAddress: '10.0.0.2', url: `${path}/batch` }))
        .statusCode,
    ).toBe(200)
    expect((await post(scanCompleted(), { remoteAddress: '10.0.0.3' })).statusCode).toBe(429)
  })

  test('responds to the 31st wrong key of a minute from one address with 429, and to another address with 401', async () => {
    const clock = start2026()
    const { post, refused } = await startOn(clock)
    expect(await statusesOf(times(30, () => post('{', wrong)))).toEqual([401])
    const response = await post('{', wrong)
    expect([response.statusCode, response.json()]).toEqual([429, { ok: false, error: 'rate_limited' }])
    expect(response.headers['retry-after']).toBe('62')
    expect(refused.at(-1)).toMatchObject({ reason: 'wrong_key_rate_limited', statusCode: 429 })
    expect((await post('{', { ...wrong, remoteAddress: '10.9.8.7' })).statusCode).toBe(401)
    clock.nowMs += 62_000
    expect((await post('{', wrong)).statusCode).toBe(401)
  })

  test('does not let 1,000 wrong keys from an address consume the budget of the right one there', async () => {
    const { post } = await startOn(start2026())
    expect(await statusesOf(times(1000, () => post('{', wrong)))).toEqual([401, 429])
    expect(await statusesOf(times(300, () => post(scanCompleted())))).toEqual([200])
  })

  test('does not let the right key, with its budget used up, consume the budget of wrong ones', async () => {
    const { post } = await startOn(start2026(), { rateLimit: { max: 1 } })
    expect(await statusesOf(times(100, () => post(scanCompleted())))).toEqual([200, 429])
    expect((await post('{', wrong)).statusCode).toBe(401)
  })

  test('counts the addresses of one IPv6 network of 64 bits as one', async () => {
    const { post } = await startOn(start2026(), { wrongKeyRateLimit: { max: 1 } })
    expect((await post('{', { ...wrong, remoteAddress: '2001:db8::1' })).statusCode).toBe(401)
    expect((await post('{', { ...wrong, remoteAddress: '2001:0db8:0:0:ffff::9' })).statusCode).toBe(429)
    expect((await post('{', { ...wrong, remoteAddress: '2001:db8:0:1::1' })).statusCode).toBe(401)
  })

  test('does not limit a valid key with rateLimit: false, and limits wrong ones as before', async () => {
    const { post } = await startOn(start2026(), { rateLimit: false, wrongKeyRateLimit: { max: 2 } })
    expect(await statusesOf(times(350, () => post(scanCompleted())))).toEqual([200])
    const responses = [await post('{', wrong), await post('{', wrong), await post('{', wrong)]
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([401, 401, 429])
  })

  test('is shared by two servers with one Redis, and not by two receivers with different paths', async () => {
    const redis = fakeRedis()
    const options = { rateLimit: { max: 3, redis }, path: '/shared' }
    const [first, second, other] = await Promise.all([
      startOn(start2026(), options),
      startOn(start2026(), options),
      startOn(start2026(), { ...options, path: '/other' }),
    ])
    const statusOf = async ({ post }: typeof first, url = '/shared') =>
      (await post(scanCompleted(), { url })).statusCode
    expect([await statusOf(first), await statusOf(second), await statusOf(first)]).toEqual([200, 200, 200])
    const refused = await second.post(scanCompleted(), { url: '/shared' })
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60'])
    expect(await statusOf(other, '/other')).toBe(200)
  })

  test.skipIf(!hasRedis())(
    'is shared by two servers through a real Redis, is each server’s own while that is killed, and is shared again (left out without redis-server)',
    async () => {
      await using redis = startRedis()
      // As a user makes one: with ioredis' own defaults, which keep commands for a Redis that is away.
      const clients = times(2, () => new Redis(redis.path).on('error', () => {}))
      onTestFinished(() => {
        for (const client of clients) client.disconnect()
      })
      await Promise.all(clients.map((client) => client.ping()))
      const servers = await Promise.all(
        clients.map(async (client) => {
          const clock = start2026()
          const rateLimit = { max: 20, timeWindowMs: 86_400_000, redis: client }
          return { clock, ...(await startOn(clock, { rateLimit, path: '/redis' })) }
        }),
      )
      type Server = (typeof servers)[number]
      const statusOf = async ({ post }: Server) => (await post(scanCompleted(), { url: '/redis' })).statusCode
      const countLetIn = async (asked: readonly Server[]) =>
        (await Promise.all(asked.map(statusOf))).filter((status) => status === 200).length
      const both = times(15, () => servers).flat()

      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      expect(await countLetIn(both)).toBe(20)
      expect(await countLetIn(both)).toBe(0)
      vi.useRealTimers()

      await redis.kill()
      expect(await countLetIn(servers)).toBe(2)
      for (const server of servers) expect(await countLetIn(times(24, () => server))).toBe(19)
      for (const { logs } of servers) expect(logs().match(/this server counts for itself/g)).toHaveLength(1)

      redis.start()
      // What asks before it is there is kept, and counted when it is.
      await eventually(() => Promise.all(clients.map((client) => client.ping())))
      for (const server of servers) {
        // What it may let in by itself is used up: who is let in has been counted in Redis.
        await eventually(async () => {
          server.clock.nowMs += 1000
          expect(await statusOf(server)).toBe(200)
        })
      }
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      expect(await countLetIn(both)).toBeLessThanOrEqual(18)
      expect(await countLetIn(both)).toBe(0)
    },
  )

  test('is shared by two servers with one database: of 30 requests at once to both, 20 are let in', async () => {
    // However long the database takes, it is waited for: no server counts for itself.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const database = fromPg(receiver.pool)
    const options = {
      rateLimit: { max: 20, database },
      eventRateLimit: { max: 500, database },
      path: '/counted',
    }
    const [first, second, other] = await Promise.all([
      startOn(start2026(), options),
      startOn(start2026(), options),
      startOn(start2026(), { ...options, path: '/counted-apart' }),
    ])
    const statusOf = async ({ post }: typeof first, url = '/counted', events?: number) => {
      const body = events === undefined ? scanCompleted() : { events: times(events, () => scanCompleted()) }
      return (await post(body, { url })).statusCode
    }
    const responses = await Promise.all(times(15, () => [statusOf(first), statusOf(second)]).flat())
    expect(responses.filter((status) => status === 200)).toHaveLength(20)
    const refused = await second.post(scanCompleted(), { url: '/counted' })
    expect(refused.statusCode).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(await statusOf(other, '/counted-apart')).toBe(200)
    // Events have a window of their own, which both servers share as well.
    const batches = await Promise.all(
      [400, 200].map((events) => statusOf(other, '/counted-apart/batch', events)),
    )
    expect(batches.sort()).toEqual([200, 429])
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED'))],
    ['responds with nonsense', async () => 'OK'],
    ['never responds', () => new Promise(() => {})],
  ])('counts in each server while Redis %s', async (_how, respond) => {
    const { post, logs } = await startOn(start2026(), { rateLimit: { max: 2, redis: { eval: respond } } })
    const responses = [await post(scanCompleted()), await post(scanCompleted()), await post(scanCompleted())]
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429])
    expect(logs().match(/this server counts for itself/g)).toHaveLength(1)
  })

  test('counts in each server while the database is unavailable', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
    const clock = start2026()
    const { post, logs } = await startOn(clock, { rateLimit: { max: 2, database: fromPg(pool) } })
    const responses = [await post(scanCompleted()), await post(scanCompleted()), await post(scanCompleted())]
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429])
    const lines = () => logs().match(/this server counts for itself/g)
    expect(lines()).toHaveLength(1)
    clock.nowMs += 60_000
    await post(scanCompleted())
    expect(lines()).toHaveLength(2)
    await pool.end()
  })

  test('says that a table is missing, and counts in each server until it is there', async () => {
    const database = fromPg(receiver.pool)
    const { post, logs } = await startOn(start2026(), { schema: 'nowhere', rateLimit: { max: 1, database } })
    const responses = [await post(scanCompleted()), await post(scanCompleted())]
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 429])
    expect(logs()).toContain('"code":"42P01"')
    expect(logs()).toContain('has been migrated')
  })

  test('counts the events of batches against a limit of their own, and refuses a batch that does not fit', async () => {
    const clock = start2026()
    const { post } = await startOn(clock, { eventRateLimit: { max: 500 } })
    const batchOf = (events: number) =>
      post({ events: times(events, () => scanCompleted()) }, { url: `${path}/batch` })
    expect((await batchOf(400)).statusCode).toBe(200)
    const refused = await batchOf(101)
    expect([refused.statusCode, refused.json()]).toEqual([429, { ok: false, error: 'rate_limited' }])
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await batchOf(100)).statusCode).toBe(200)
    expect((await post(scanCompleted())).statusCode).toBe(200)
  })

  test('leaves a request that it refuses unwritten', async () => {
    const writer = createEventWriter({ database: fromPg(receiver.pool) })
    const { post } = await startOn(start2026(), { writer, rateLimit: { max: 1 } })
    const [first, second] = [scanCompleted(), scanCompleted()]
    await post(first)
    await post(second)
    expect([await receiver.countOf(first.tenantId), await receiver.countOf(second.tenantId)]).toEqual([1, 0])
  })
})

/** `eval` of an ioredis client whose only script is the window's. */
const fakeRedis = (): RateLimitRedis => {
  const counts = new Map<string, number>()
  return {
    eval: async (script, numberOfKeys, key, max, timeWindowMs, amount) => {
      expect([script, numberOfKeys, key]).toEqual([
        expect.stringMatching(/TIME[\s\S]*HMGET[\s\S]*PEXPIRE/),
        1,
        expect.stringMatching(/^webhook-receiver:description-service:\//),
      ])
      const count = counts.get(String(key)) ?? 0
      if (count + Number(amount) > Number(max)) return [0, timeWindowMs]
      counts.set(String(key), count + Number(amount))
      return [1, 0]
    },
  }
}
