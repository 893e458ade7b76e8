export type { Check } from './check.ts'
export { commandEmitter } from './command-emitter.ts'
export {
  ContractTestsError,
  type ContractTestsErrorCode,
  isContractTestsError,
} from './contract-tests-error.ts'
export { emitterChecks } from './emitter-checks/emitter-checks.ts'
export {
  createEmitterTarget,
  type EmitterFactory,
  type EmitterSettings,
  type EmitterTarget,
  type EmitterTargetOptions,
  type RunningEmitter,
} from './emitter-target.ts'
export type { EventSpy, SeenRequest, StoredEvent } from './event-spy.ts'
export { type BrokenFixture, brokenFixtures, type EventFixture, validFixtures } from './fixtures.ts'
export { receiverChecks } from './receiver-checks/receiver-checks.ts'
export {
  createReceiverDouble,
  type DoubleAnswer,
  type DoubleRequest,
  type Fault,
  type ReceiverDouble,
  type ReceiverDoubleOptions,
} from './receiver-double.ts'
export { createReceiverTarget, type ReceiverTarget, type ReceiverTargetOptions } from './receiver-target.ts'
export { toJunit } from './report-checks.ts'
export { type CheckResult, type RunChecksOptions, runChecks } from './run-checks.ts'
export { type ServedDouble, serveDouble } from './serve-double.ts'
export { readVectors, type Vectors, vectorFile } from './vectors.ts'
export {
  createWebhookClient,
  type PostOptions,
  signedHeaders,
  type WebhookAnswer,
  type WebhookClient,
  type WebhookClientOptions,
} from './webhook-client.ts'
