import { CodedError } from './coded-error.ts'
import type { EventIssue } from './events/event-issue.ts'

/**
 * What can go wrong in this package, by stable code.
 *
 * | code | when | what to do |
 * |---|---|---|
 * | `invalid_contract` | `defineContract` was given a definition that contradicts itself | correct the definition; the message lists every problem |
 * | `invalid_event` | `parseEvent` was given something that the contract does not allow | correct the sender; `issues` names each field |
 * | `invalid_signing_secret` | a signing secret is not `whsec_` and 24 to 64 bytes of base64 | create one with `createSigningSecret()` |
 */
export type ContractErrorCode = 'invalid_contract' | 'invalid_event' | 'invalid_signing_secret'

/** The one error class of this package. Messages never hold a secret, an address or a payload. */
export class ContractError extends CodedError<ContractErrorCode> {
  override readonly name = 'ContractError'
  /** The fields that break the contract. Empty unless `code` is `invalid_event`. */
  readonly issues: readonly EventIssue[]

  constructor(code: ContractErrorCode, message: string, issues: readonly EventIssue[] = []) {
    super(code, message)
    this.issues = issues
  }
}

export const isContractError = (error: unknown): error is ContractError => error instanceof ContractError
