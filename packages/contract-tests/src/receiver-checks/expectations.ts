import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { isEventId } from '@altcontext/webhook-contract'
import type { Check } from '../suite/check.ts'
import type { ReceiverTarget } from './receiver-target.ts'
import type { WebhookResponse } from './webhook-client.ts'

export type ReceiverCheck = Check<ReceiverTarget>

export const newId = (): string => randomUUID()

interface Success {
  ok?: unknown
  eventId?: unknown
  duplicate?: unknown
}

/** 200 `{ ok: true, eventId }`. Returns the id. */
export const expectStored = ({ status, body, text }: WebhookResponse): string => {
  assert.equal(status, 200, `Expected 200, got ${status}: ${text}`)
  const { ok, eventId, duplicate } = body as Success
  assert.equal(ok, true, `Expected "ok": true, got ${text}`)
  assert.ok(isEventId(eventId), `Expected a UUID as eventId, got ${text}`)
  assert.equal(duplicate, undefined, `Expected an event that is new, got ${text}`)
  return eventId
}

/** 200 with `duplicate: true` and the first event's id. */
export const expectDuplicate = ({ status, body, text }: WebhookResponse, eventId: string): void => {
  assert.equal(status, 200, `Expected 200 for a duplicate, got ${status}: ${text}`)
  assert.deepEqual(body, { ok: true, eventId, duplicate: true }, `Expected the first event's id, got ${text}`)
}

/** An error in the host's shape. */
export const expectRefusal = (
  { status, body, text }: WebhookResponse,
  expected: number,
  error?: string,
): void => {
  assert.equal(status, expected, `Expected ${expected}, got ${status}: ${text}`)
  const refusal = body as { ok?: unknown; error?: unknown }
  assert.equal(refusal.ok, false, `Expected "ok": false, got ${text}`)
  assert.equal(typeof refusal.error, 'string', `Expected an error code, got ${text}`)
  if (error !== undefined) assert.equal(refusal.error, error, `Expected the error ${error}, got ${text}`)
}

/** 400 `invalid_request` with an issue at each path. */
export const expectIssues = (response: WebhookResponse, paths: readonly string[]): void => {
  expectRefusal(response, 400, 'invalid_request')
  assert.deepEqual(
    pathsOf(response.body).sort(),
    [...paths].sort(),
    `Expected issues at ${paths}, got ${response.text}`,
  )
}

export const pathsOf = (refusal: unknown): string[] => {
  const { issues } = refusal as { issues?: { path?: unknown; message?: unknown }[] }
  assert.ok(Array.isArray(issues), 'Expected a list of issues')
  return issues.map(({ path, message }) => {
    assert.equal(typeof message, 'string', 'Expected a message in each issue')
    return String(path)
  })
}

export const resultsOf = (
  { status, body, text }: WebhookResponse,
  length: number,
): Record<string, unknown>[] => {
  assert.equal(status, 200, `Expected 200, got ${status}: ${text.slice(0, 500)}`)
  const { ok, results } = body as { ok?: unknown; results?: unknown }
  assert.equal(ok, true, 'Expected "ok": true')
  assert.ok(Array.isArray(results), 'Expected a list of results')
  assert.equal(results.length, length, `Expected ${length} results, got ${results.length}`)
  return results
}
