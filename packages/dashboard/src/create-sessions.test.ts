import { expect, test } from 'vitest'
import { createSessions, createSignOutsInMemory, deriveCookieSecret } from './create-sessions.ts'
import { createSignedTokens } from './signed-tokens.ts'

const minuteMs = 60_000
const clock = { ms: Date.parse('2026-11-22T10:00:00Z') }
const now = () => clock.ms
const secret = 'a secret of at least 32 characters'
const signOuts = createSignOutsInMemory(now)
const sessions = () =>
  createSessions({
    tokens: createSignedTokens(async () => [secret]),
    signOuts,
    sessionMs: 10 * minuteMs,
    now,
  })

test('A token is valid until its expiry and not a millisecond longer', async () => {
  const opened = await sessions().open()
  expect(opened.expiresAt).toBe(clock.ms + 10 * minuteMs)
  expect(await sessions().expiryOf(opened.token)).toBe(opened.expiresAt)
  clock.ms = opened.expiresAt - 1
  expect(await sessions().expiryOf(opened.token)).toBe(opened.expiresAt)
  clock.ms = opened.expiresAt
  expect(await sessions().expiryOf(opened.token)).toBeUndefined()
})

test('A token with any part changed is refused', async () => {
  const { token, expiresAt } = await sessions().open()
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
  for (const each of forged) expect(await sessions().expiryOf(each)).toBeUndefined()
})

test('A token signed with a secret that is no longer listed is refused, one with an older listed secret is not', async () => {
  const { token, expiresAt } = await sessions().open()
  const rotated = createSessions({
    tokens: createSignedTokens(async () => ['a newer secret', secret]),
    signOuts,
    sessionMs: minuteMs,
    now,
  })
  expect(await rotated.expiryOf(token)).toBe(expiresAt)
  const replaced = createSessions({
    tokens: createSignedTokens(async () => ['a newer secret']),
    signOuts,
    sessionMs: minuteMs,
    now,
  })
  expect(await replaced.expiryOf(token)).toBeUndefined()
})

test('A closed session stays closed, others stay open', async () => {
  const store = sessions()
  const [one, other] = [await store.open(), await store.open()]
  await store.close(one.token)
  await store.close('not a token')
  expect(await store.expiryOf(one.token)).toBeUndefined()
  expect(await store.expiryOf(other.token)).toBe(other.expiresAt)
})

test('The derived secret is the same for the same admin key and different for another', async () => {
  expect(await deriveCookieSecret('key one')).toEqual(await deriveCookieSecret('key one'))
  expect(await deriveCookieSecret('key one')).not.toEqual(await deriveCookieSecret('key two'))
})
