/** One thing wrong with a request: a dotted path and a sentence. */
export interface RequestIssue {
  path: string
  message: string
}

/** An answer other than success, in the host's words: what the client gets is `error` and `issues`, nothing else. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly statusCode: number
  readonly error: string
  readonly issues: readonly RequestIssue[] | undefined

  constructor(statusCode: number, error: string, issues?: readonly RequestIssue[]) {
    super(`${statusCode} ${error}`)
    this.statusCode = statusCode
    this.error = error
    this.issues = issues
  }
}
