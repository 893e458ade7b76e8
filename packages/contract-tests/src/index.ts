export {
  ContractTestsError,
  type ContractTestsErrorCode,
  isContractTestsError,
} from './contract-tests-error.ts'
export { commandEmitter } from './emitter-checks/command-emitter.ts'
export { emitterChecks } from './emitter-checks/emitter-checks.ts'
export {
  createEmitterTarget,
  type EmitterFactory,
  type EmitterSettings,
  type EmitterTarget,
  type EmitterTargetOptions,
  type RunningEmitter,
} from './emitter-checks/emitter-target.ts'
export { type BrokenFixture, brokenFixtures, type EventFixture, validFixtures } from './fixtures.ts'
export { receiverChecks } from './receiver-checks/receiver-checks.ts'
export {
  createReceiverTarget,
  type ReceiverTarget,
  type ReceiverTargetOptions,
} from './receiver-checks/receiver-target.ts'
export {
  createWebhookClient,
  type PostOptions,
  signedHeaders,
  type WebhookClient,
  type WebhookClientOptions,
  type WebhookResponse,
} from './receiver-checks/webhook-client.ts'
export type { EventSpy, SeenRequest, StoredEvent } from './receiver-double/event-spy.ts'
export {
  createReceiverDouble,
  type DoubleRequest,
  type DoubleResponse,
  type Fault,
  type ReceiverDouble,
  type ReceiverDoubleOptions,
} from './receiver-double/receiver-double.ts'
export { type ServedDouble, serveDouble } from './receiver-double/serve-double.ts'
export type { Check } from './suite/check.ts'
export { toJunit } from './suite/report-checks.ts'
export { type CheckResult, type RunChecksOptions, runChecks } from './suite/run-checks.ts'
export { readVectors, type Vectors, vectorFile } from './vectors.ts'
