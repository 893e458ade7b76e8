import { acceptanceChecks } from './acceptance-checks.ts'
import { batchChecks } from './batch-checks.ts'
import { completenessChecks } from './completeness-checks.ts'
import type { ReceiverCheck } from './expectations.ts'
import { identityChecks } from './identity-checks.ts'
import { privacyChecks } from './privacy-checks.ts'
import { rateLimitChecks } from './rate-limit-checks.ts'
import { refusalChecks } from './refusal-checks.ts'
import { signatureChecks } from './signature-checks.ts'

/** Every promise of a receiver, in the order in which they are checked. About 220 requests. */
export const receiverChecks: readonly ReceiverCheck[] = [
  ...acceptanceChecks,
  ...identityChecks,
  ...batchChecks,
  ...refusalChecks,
  ...signatureChecks,
  ...privacyChecks,
  ...completenessChecks,
  ...rateLimitChecks,
]
