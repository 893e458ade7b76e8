import {
  type BatchResult,
  batchResponseSchema,
  type EventIssue,
  singleResponseSchema,
} from '@altcontext/webhook-contract'

/** What the receiver says about one event. */
export type EventResult = BatchResult

/**
 * The results of a success in the order of the request, or the code of what is wrong with it. A result belongs to the event
 * whose id it names. A result without an id belongs to its position, as long as every result with an id is in its own position.
 */
export const readResults = (
  body: unknown,
  { isBatch, ids }: { isBatch: boolean; ids: readonly string[] },
): { results: readonly EventResult[] } | { error: 'malformed_response' | 'mismatched_ids' } => {
  const results = isBatch ? batchResponseSchema.safeParse(body).data?.results : readSingle(body)
  if (results?.length !== ids.length) return { error: 'malformed_response' }
  const named = isBatch ? (body as { results: readonly unknown[] }).results.map(idOf) : [idOf(body)]
  const byId = new Map(named.flatMap((id, index) => (id === undefined ? [] : [[id, results[index]]])))
  const isComplete = byId.size === ids.length
  const inOrder = ids.map((id, index) => (isComplete || named[index] === id ? byId.get(id) : undefined))
  // Unless every result has an id, those with one must be in the right position, and the others go by position.
  const matched = inOrder.map((result, index) =>
    result === undefined && named[index] === undefined ? results[index] : result,
  )
  return matched.every((result) => result !== undefined) ? { results: matched } : { error: 'mismatched_ids' }
}

/** `invalid_request (payload.mediaCount)`: what a receiver says about an event, without any of its free text. */
export const describeIssues = (error: unknown, issues: readonly Pick<EventIssue, 'path'>[]): string => {
  const code = typeof error === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(error) ? error : 'unknown_error'
  const paths = issues.map(({ path }) => path).filter((path) => /^[A-Za-z0-9_.[\]]{1,100}$/.test(path))
  return paths.length === 0 ? code : `${code} (${paths.slice(0, 5).join(', ')})`
}

/** ` invalid_request (payload.mediaCount)` of an error's body; empty when it has no code. */
export const describeRefusal = (body: unknown): string => {
  if (typeof body !== 'object' || body === null || !('error' in body)) return ''
  const issues = 'issues' in body && Array.isArray(body.issues) ? body.issues : []
  return ` ${describeIssues(
    body.error,
    issues.filter((issue) => typeof issue?.path === 'string'),
  )}`
}

export const parseJson = (text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const readSingle = (body: unknown): readonly EventResult[] | undefined => {
  const single = singleResponseSchema.safeParse(body).data
  return single && [{ status: single.duplicate ? 'duplicate' : 'stored', eventId: single.eventId }]
}

const idOf = (result: unknown): string | undefined => {
  const id = typeof result === 'object' && result !== null && 'eventId' in result ? result.eventId : undefined
  return typeof id === 'string' ? id.toLowerCase() : undefined
}
