import { createTestDatabase } from '@altcontext/test-database'
import { createSlidingWindows } from '@altcontext/webhook-contract'
import { fromPg, takeFromRateWindow } from '@altcontext/webhook-store'
import { expect, onTestFinished, test } from 'vitest'

/** A whole number of milliseconds in each seventh, so that no clock is a fraction behind the other. */
const day = 7 * 12_342_857
const settings = { max: 10, timeWindowMs: day }

const openDatabase = async () => {
  const { pool, drop } = await createTestDatabase()
  onTestFinished(() => drop())
  return { pool, database: fromPg(pool) }
}

test('a window in the database decides as the contract says, step by step through 60 sevenths of a window', async () => {
  const { pool, database } = await openDatabase()
  let nowMs = 0
  const local = createSlidingWindows(settings, () => nowMs)
  // Counts and steps without a common period, among them a step of a whole window and one of more than two.
  const steps = Array.from({ length: 60 }, (_, index) => ({
    amount: 1 + ((index * 5) % 4),
    sevenths: [0, 1, 0, 3, 2, 0, 7, 1, 0, 15, 5][index % 11] as number,
  }))
  for (const [index, { amount, sevenths }] of steps.entries()) {
    const passedMs = (sevenths * day) / 7
    nowMs += passedMs
    await pool.query(
      `UPDATE webhook_rate_windows SET started_at = started_at - $1::float8 * interval '1 ms'`,
      [passedMs],
    )
    const expected = local.take('a', amount)
    const verdict = await takeFromRateWindow(database, { name: 'a', ...settings, amount, times: 1 })
    expect(verdict.allowed, `step ${index}`).toBe(expected.isAllowed ? 1 : 0)
    // The database's clock has gone on meanwhile: by less than ten minutes of the day.
    expect(verdict.retryAfterMs, `step ${index}`).toBeLessThanOrEqual(expected.retryAfterMs + 1000)
    expect(verdict.retryAfterMs, `step ${index}`).toBeGreaterThan(expected.retryAfterMs - 600_000)
  }
})

test('forty callers at once over many connections are all counted, in groups of three', async () => {
  const { database } = await openDatabase()
  const asking = Array.from({ length: 40 }, () =>
    takeFromRateWindow(database, { name: 'b', max: 100, timeWindowMs: day, amount: 1, times: 3 }),
  )
  const verdicts = await Promise.all(asking)
  expect(verdicts.reduce((total, { allowed }) => total + allowed, 0)).toBe(100)
})
