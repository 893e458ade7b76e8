import { expect, test } from 'vitest'
import { createSessions, deriveCookieSecret } from './create-sessions.ts'

const minuteMs = 60_000
const clock = { ms: Date.parse('2026-11-22T10:00:00Z') }
const now = () => clock.ms
const secret = 'a secret of at least 32 characters'
const sessions = () => createSessions({ secrets: [secret], sessionMs: 10 * minuteMs, now })

test('A token is good until its expiry and not a millisecond longer', () => {
  const opened = sessions().open()
  expect(opened.expiresAt).toBe(clock.ms + 10 * minuteMs)
  expect(sessions().expiryOf(opened.token)).toBe(opened.expiresAt)
  clock.ms = opened.expiresAt - 1
  expect(sessions().expiryOf(opened.token)).toBe(opened.expiresAt)
  clock.ms = opened.expiresAt
  expect(sessions().expiryOf(opened.token)).toBeUndefined()
})

test('A token with any part changed is refused', () => {
  const { token, expiresAt } = sessions().open()
  const [id, , signature] = token.split('.')
  const forged = [
    `${id}.${expiresAt + 1}.${signature}`,
    `${id}.${expiresAt}.${signature?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`,
    `${id?.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}.${expiresAt}.${signature}`,
    `${token}x`,
    `${id}.${expiresAt}.`,
    '',
    undefined,
  ]
  for (const each of forged) expect(sessions().expiryOf(each)).toBeUndefined()
})

test('A token signed with a secret that is no longer listed is refused, one of a listed older one is not', () => {
  const { token, expiresAt } = sessions().open()
  const rotated = createSessions({ secrets: ['a newer secret', secret], sessionMs: minuteMs, now })
  expect(rotated.expiryOf(token)).toBe(expiresAt)
  const replaced = createSessions({ secrets: ['a newer secret'], sessionMs: minuteMs, now })
  expect(replaced.expiryOf(token)).toBeUndefined()
})

test('A closed session stays closed, others stay open', () => {
  const store = sessions()
  const [one, other] = [store.open(), store.open()]
  store.close(one.token)
  store.close('not a token')
  expect(store.expiryOf(one.token)).toBeUndefined()
  expect(store.expiryOf(other.token)).toBe(other.expiresAt)
})

test('The derived secret is the same for the same admin key and another for another', () => {
  expect(deriveCookieSecret('key one')).toEqual(deriveCookieSecret('key one'))
  expect(deriveCookieSecret('key one')).not.toEqual(deriveCookieSecret('key two'))
})
