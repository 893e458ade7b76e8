export { CodedError } from './coded-error.ts'
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
export { completenessLimits } from './completeness/completeness-limits.ts'
export { firstIdOf, type IdBucket, idBucketOf, isBucketBound, padBound } from './completeness/id-bucket.ts'
export {
  createIdSum,
  digestIds,
  hashId,
  type IdDigest,
  type IdSum,
  sealIdSum,
  shortIdHash,
  toSumText,
} from './completeness/id-digest.ts'
export { behindAllIds, idHours } from './completeness/id-hours.ts'
export { idBucketSql, idHashSql, idTotalModulus, idTotalSql } from './completeness/id-sql.ts'
export {
  type ComparedRange,
  type CompletenessGap,
  type CompletenessProof,
  completenessProofSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  type IdRange,
  producerSchema,
  type RangeResult,
  type ReconcileRequest,
  type ReconcileResponse,
  reconcileRequestSchema,
  reconcileResponseSchema,
} from './completeness/reconcile.ts'
export { ContractError, type ContractErrorCode, isContractError } from './contract-error.ts'
export { contractLimits } from './contract-limits.ts'
export { dedupeId, dedupeNamespace } from './events/dedupe-id.ts'
export {
  type AnyContract,
  type AnyWebhookEvent,
  type Contract,
  defineContract,
  type EmittedPayload,
  type EventDefinition,
  type EventPayload,
  type EventPayloadInput,
  type EventType,
  type Milestone,
  type PayloadTypes,
  type WebhookEvent,
} from './events/define-contract.ts'
export {
  type DescriptionServiceContract,
  descriptionServiceContract,
} from './events/description-service-contract.ts'
export type {
  ApikeyCreated,
  ApikeyCreatedPayload,
  ClusterCreated,
  ClusterCreatedPayload,
  ScanCompleted,
  ScanCompletedPayload,
  ScanFailed,
  ScanFailedPayload,
  SuggestionGenerated,
  SuggestionGeneratedPayload,
  SuggestionResolved,
  SuggestionResolvedPayload,
  TenantCreated,
  TenantCreatedPayload,
} from './events/description-service-events.ts'
export { isEventId } from './events/event-id.ts'
export { type EventIssue, toEventIssues } from './events/event-issue.ts'
export { count, identifier, instantSchema } from './events/field-schemas.ts'
export {
  envelopeSchema,
  type ParseEventOptions,
  parseEvent,
  type SafeParseEventResult,
  safeParseEvent,
} from './events/parse-event.ts'
export { toAsyncApi } from './export/asyncapi.ts'
export { type JsonSchema, toEventSchema, toJsonSchema, toPayloadSchema } from './export/json-schema.ts'
export { toOpenApi } from './export/openapi.ts'
export { toPythonTypes } from './export/python-types.ts'
export { toTypeScriptTypes } from './export/typescript-types.ts'
export { redactText } from './privacy/redact-text.ts'
export { reduceToOrigin } from './privacy/reduce-to-origin.ts'
export { withoutPrivateFields } from './privacy/without-private-fields.ts'
export { type AdminKeys, adminKeyProblem, readAdminKeys } from './wire/admin-keys.ts'
export { isJson } from './wire/is-json.ts'
export { jsonBoundsProblem } from './wire/json-bounds.ts'
export { judgeResponse, type ResponseJudgement } from './wire/judge-response.ts'
export { createKeyCheck } from './wire/key-check.ts'
export { createPerMinute, type PerMinute } from './wire/per-minute.ts'
export { type RefusalReason, refusalReasons, wordsOfRefusal } from './wire/refusal-reasons.ts'
export { refuse, refuseWrongKey } from './wire/refuse.ts'
export { type ErrorSchema, errorSchemas } from './wire/response-schemas.ts'
export {
  type ErrorBody,
  errorBody,
  type ResponseCode,
  type ResponseDefinition,
  type ResponseFault,
  type ResponseRoutes,
  responseCodeOfStatus,
  responseCodesOf,
  responses,
} from './wire/responses.ts'
export { type SignedMessage, signWebhook, toWebhookTimestamp } from './wire/sign-webhook.ts'
export { createSigningSecret, parseSigningSecret, type SigningKey } from './wire/signing-key.ts'
export {
  createSlidingWindows,
  type SlidingWindows,
  type WindowSettings,
  type WindowVerdict,
} from './wire/sliding-windows.ts'
export {
  type ReceivedMessage,
  type SignatureProblem,
  type VerifyWebhookOptions,
  verifyWebhook,
} from './wire/verify-webhook.ts'
export { isViewQuery } from './wire/view-query.ts'
export { webhookHeaders } from './wire/webhook-headers.ts'
export {
  type BatchRequest,
  type BatchResponse,
  type BatchResult,
  batchRequestSchema,
  batchResponseSchema,
  batchResultSchema,
  type SingleResponse,
  singleResponseSchema,
  type VerifyResponse,
  verifyResponseSchema,
} from './wire/wire.ts'
export {
  createWrongKeyLimit,
  type WrongKeyLimit,
  wrongKeyDefaults,
  wrongKeyLimitOf,
} from './wire/wrong-keys.ts'
