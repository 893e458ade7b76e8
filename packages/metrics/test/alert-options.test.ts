import type { Database } from '@altcontext/webhook-store'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createRollupWorker, webhookMetrics } from '../src/index.ts'

const adminKey = 'a-key-of-at-least-24-characters'
const marketingPropertyId = 'marketing-site'

test.each([
  [{}, 'give either webhook or emailCommand'],
  [{ webhook: { url: 'http://example.com/' } }, 'alerts.webhook.url is wrong, expected an https address'],
  [{ webhook: { url: 'https://a:b@example.com/' } }, 'alerts.webhook.url is wrong'],
  [{ webhook: { url: 'https://example.com/', signingSecret: '' } }, 'alerts.webhook.signingSecret is wrong'],
  [{ emailCommand: [] }, 'alerts.emailCommand is wrong'],
  [{ emailCommand: ['x'], refusedShare: 1 }, 'alerts.refusedShare is wrong, expected a share'],
  [{ emailCommand: ['x'], silentHours: 0 }, 'alerts.silentHours'],
])('%j is refused', (alerts, problem) => {
  const database = { query: async () => [], transaction: async () => undefined } as unknown as Database
  expect(() => createRollupWorker({ database, alerts: alerts as never })).toThrow(problem)
})

test('alerts without the worker that checks for them are refused', async () => {
  const database = { query: async () => [], transaction: async () => undefined } as unknown as Database
  const options = { database, adminKeys: adminKey, marketingPropertyId, alerts: { emailCommand: ['mail'] } }
  const register = async () => await Fastify().register(webhookMetrics, { ...options, worker: false })
  await expect(register()).rejects.toMatchObject({
    code: 'invalid_options',
    message: expect.stringContaining(
      'alerts require the worker: give it, or give alerts to the process that has it',
    ),
  })
})
