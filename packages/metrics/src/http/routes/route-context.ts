import type { Database } from '@altcontext/webhook-store'
import type { FastifyRequest } from 'fastify'
import type { ResolvedWebhookMetricsOptions } from '../webhook-metrics-options.ts'

/** What the plugin gives its routes. */
export interface RouteContext {
  options: ResolvedWebhookMetricsOptions
  /** The database for the client's customer, with a place among the reports. */
  databaseOf(request: FastifyRequest): Promise<Database>
  mayRead(request: FastifyRequest): Promise<boolean>
  config: { rateLimit: false }
}
