export { type AdminKeys, adminKeyProblem, readAdminKeys } from './admin-keys.ts'
export {
  type AcceptancePolicy,
  applyPolicy,
  type JudgedChange,
  type JudgedDiff,
  parsePolicy,
} from './compatibility/acceptance-policy.ts'
export {
  type ContractSnapshot,
  createSnapshot,
  type EventSnapshot,
  parseSnapshot,
} from './compatibility/contract-snapshot.ts'
export {
  type ContractChange,
  type ContractDiff,
  diffSnapshots,
  type Verdict,
} from './compatibility/diff-snapshots.ts'
export { ContractError, type ContractErrorCode, isContractError } from './contract-error.ts'
export { contractLimits } from './contract-limits.ts'
export { dedupeId, dedupeNamespace } from './dedupe-id.ts'
export {
  type AnyContract,
  type AnyWebhookEvent,
  type Contract,
  defineContract,
  type EventDefinition,
  type EventPayload,
  type EventPayloadInput,
  type EventType,
  type WebhookEvent,
} from './define-contract.ts'
export {
  type DescriptionServiceContract,
  descriptionServiceContract,
} from './description-service-contract.ts'
export { isEventId } from './event-id.ts'
export { type EventIssue, toEventIssues } from './event-issue.ts'
export { toAsyncApi } from './export/asyncapi.ts'
export { type JsonSchema, toEventSchema, toJsonSchema, toPayloadSchema } from './export/json-schema.ts'
export { toOpenApi } from './export/openapi.ts'
export { toPythonTypes } from './export/python-types.ts'
export { instantSchema } from './instant.ts'
export { createKeyCheck } from './key-check.ts'
export {
  envelopeSchema,
  type ParseEventOptions,
  parseEvent,
  type SafeParseEventResult,
  safeParseEvent,
} from './parse-event.ts'
export { redactText } from './redact-text.ts'
export { reduceToOrigin } from './reduce-to-origin.ts'
export { type SignedMessage, signWebhook, toWebhookTimestamp } from './sign-webhook.ts'
export { createSigningSecret, parseSigningSecret, type SigningKey } from './signing-key.ts'
export { count, identifier } from './text.ts'
export {
  type ReceivedMessage,
  type SignatureProblem,
  type VerifyWebhookOptions,
  verifyWebhook,
} from './verify-webhook.ts'
export { webhookHeaders } from './webhook-headers.ts'
export {
  type BatchRequest,
  type BatchResponse,
  type BatchResult,
  batchRequestSchema,
  batchResponseSchema,
  batchResultSchema,
  type SingleResponse,
  singleResponseSchema,
} from './wire.ts'
export { withoutPrivateFields } from './without-private-fields.ts'
