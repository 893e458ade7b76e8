import { expect, test } from 'vitest'
import { judgeResponse } from './judge-response.ts'
import { errorBody, type ResponseCode, responses } from './responses.ts'

test.each(Object.keys(responses) as ResponseCode[])('%s is judged as the table says', (code) => {
  const { status, fault, isRetryable } = responses[code]
  const issues = [{ path: 'payload.mediaCount', message: 'Expected a number' }]
  expect(judgeResponse(status, errorBody(code, issues))).toEqual({ fault, isRetryable, code })
})

test.each([
  [302, undefined, 'sender', false],
  [400, undefined, 'sender', false],
  [400, { ok: false, error: 'invalid_request' }, 'sender', false],
  [400, { ok: false, error: 'invalid_request', issues: [] }, 'sender', false],
  [401, '<html>', 'sender', false],
  [403, null, 'sender', false],
  [404, { message: 'Route POST:/ not found' }, 'sender', false],
  [405, undefined, 'sender', false],
  [408, undefined, 'sender', true],
  [413, '<html>', 'event', false],
  [418, { error: 'constructor' }, 'sender', false],
  [421, { error: 'rate_limited' }, 'sender', false],
  [425, undefined, 'sender', true],
  [429, undefined, 'sender', true],
  [500, { error: 'invalid_request', issues: [{}] }, 'receiver', true],
  [502, '<html>', 'receiver', true],
  [599, undefined, 'receiver', true],
])(
  '%i with the body %j, which is not one of ours, is the fault of the %s (retryable: %s)',
  (status, body, fault, isRetryable) => {
    expect(judgeResponse(status, body)).toEqual({ fault, isRetryable, code: undefined })
  },
)
