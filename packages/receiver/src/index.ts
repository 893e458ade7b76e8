export type { RefusalReason } from '@altcontext/webhook-contract'
export { webhookReceiver } from './fastify/webhook-receiver.ts'
export type { RateLimitRedis } from './limits/redis-windows.ts'
export { type Access, readAccess } from './read-access.ts'
export { isReceiverError, ReceiverError, type ReceiverErrorCode } from './receiver-error.ts'
export { createWebhookIntake, type WebhookIntake, type WebhookRequest } from './receiving/receive-webhook.ts'
export type { Refusal, WebhookResponse } from './receiving/webhook-response.ts'
export {
  type RecordedRequest,
  type RecordIngestRejectionsOptions,
  recordIngestRejections,
} from './refusals/record-ingest-rejections.ts'
export type { OnRefused, RefusedRequest } from './refusals/refusal-reporter.ts'
export {
  type RateLimitOptions,
  type ResolvedWebhookReceiverOptions,
  resolveWebhookReceiverOptions,
  type WebhookReceiverOptions,
  webhookReceiverDefaults,
} from './webhook-receiver-options.ts'
