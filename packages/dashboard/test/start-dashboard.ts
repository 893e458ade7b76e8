import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { type DashboardOptions, webhookDashboard } from '../src/index.ts'
import { adminKey, today } from './stub/stub-numbers.ts'
import { type StubState, stubMetrics } from './stub-metrics.ts'

export interface TestDashboard {
  app: FastifyInstance
  state: StubState
  clock: { ms: number }
  /** Ends with a slash; only after `listen`. */
  listen(): Promise<string>
  signIn(key?: string): Promise<string>
}

/** A server with the dashboard under `/dashboard`, over made-up metrics routes unless `mountMetrics` mounts others. */
export const createDashboard = async (
  options: Partial<DashboardOptions> = {},
  before: (app: FastifyInstance) => unknown = () => {},
  mountMetrics: (app: FastifyInstance, state: StubState) => unknown = stubMetrics,
): Promise<TestDashboard> => {
  const app = fastify()
  const state: StubState = { status: 200, requests: [] }
  const clock = { ms: Date.parse(`${today}T14:03:12Z`) }
  await before(app)
  await mountMetrics(app, state)
  await app.register(webhookDashboard, {
    prefix: '/dashboard',
    adminKeys: [adminKey],
    now: () => clock.ms,
    ...options,
  })
  return {
    app,
    state,
    clock,
    async listen() {
      await app.listen({ port: 0, host: '127.0.0.1' })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/dashboard/`
    },
    async signIn(key = adminKey) {
      const response = await app.inject({
        method: 'POST',
        url: '/dashboard/api/session',
        payload: { adminKey: key },
      })
      return String(response.headers['set-cookie'] ?? '').split(';', 1)[0] ?? ''
    },
  }
}
