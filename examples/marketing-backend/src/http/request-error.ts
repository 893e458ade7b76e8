import { type ResponseCode, responses } from '@altcontext/webhook-contract'

/** One thing wrong with a request: a dotted path and a sentence. */
export interface RequestIssue {
  path: string
  message: string
}

/** A response other than success, in the host's words: the client gets `error` and `issues`, nothing else. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly statusCode: number
  readonly error: ResponseCode
  readonly issues: readonly RequestIssue[] | undefined

  constructor(error: ResponseCode, issues?: readonly RequestIssue[]) {
    const { status } = responses[error]
    super(`${status} ${error}`)
    this.statusCode = status
    this.error = error
    this.issues = issues
  }
}
