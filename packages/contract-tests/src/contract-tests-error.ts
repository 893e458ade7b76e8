import { CodedError } from '@altcontext/webhook-contract'

/**
 * What can go wrong in this package apart from a broken promise.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_options` | an option is missing, unknown or out of range; the message names every one | correct the options |
 */
export type ContractTestsErrorCode = 'invalid_options'

/** The one error class of this package. Messages never hold a key or a secret. */
export class ContractTestsError extends CodedError<ContractTestsErrorCode> {
  override readonly name = 'ContractTestsError'
}

export const isContractTestsError = (error: unknown): error is ContractTestsError =>
  error instanceof ContractTestsError
