import { createSigningSecret } from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'
import { readAccess } from './read-access.ts'

const key = (name: string): string => `${name}-key-of-24-characters-or-more`

test('keys have scopes, and ADMIN_API_KEY is all three', () => {
  const { access, problems } = readAccess({
    INGEST_API_KEYS: `${key('gpu')}, ${key('old-gpu')}`,
    READ_API_KEY: key('analyst'),
    ADMIN_API_KEY: key('admin'),
  })
  expect(problems).toEqual([])
  expect(access).toEqual({
    ingest: [key('gpu'), key('old-gpu'), key('admin')],
    read: [key('analyst'), key('admin')],
    admin: [key('admin')],
    signingSecrets: [],
  })
})

test('they come from files as well, one in a line, and both ways together', () => {
  const secrets = [createSigningSecret(), createSigningSecret()]
  const files: Record<string, string> = {
    '/run/keys': `${key('new')}\n${key('old')}\n`,
    '/run/secrets': `${secrets.join('\n')}\n`,
  }
  const { access, problems } = readAccess(
    {
      ADMIN_API_KEYS_FILE: '/run/keys',
      ADMIN_API_KEY: key('third'),
      WEBHOOK_SIGNING_SECRETS_FILE: '/run/secrets',
    },
    (path) => files[path] as string,
  )
  expect(problems).toEqual([])
  expect(access.admin).toEqual([key('third'), key('new'), key('old')])
  expect(access.signingSecrets).toEqual(secrets)
})

test.each(['', ' ', '\n', ','])(
  'a signing secret that is set to %j is a problem, never "unsigned"',
  (blank) => {
    for (const name of ['WEBHOOK_SIGNING_SECRET', 'WEBHOOK_SIGNING_SECRETS']) {
      expect(readAccess({ [name]: blank }).problems).toEqual([
        `${name} is blank: give it a secret, or remove it to accept unsigned requests`,
      ])
    }
    expect(readAccess({ WEBHOOK_SIGNING_SECRET_FILE: '/run/blank' }, () => blank).problems).toHaveLength(1)
  },
)

test('every problem is named at once, without a key', () => {
  const { problems } = readAccess({
    INGEST_API_KEYS: `short ${key('gpu')}`,
    ADMIN_API_KEY_FILE: '/no/such/file',
    WEBHOOK_SIGNING_SECRET: 'no secret',
  })
  expect(problems).toEqual([
    'ADMIN_API_KEY_FILE names a file that cannot be read',
    'INGEST_API_KEYS has 5 characters, expected at least 24',
    'WEBHOOK_SIGNING_SECRET must look like whsec_<base64>',
    'WEBHOOK_SIGNING_SECRET must look like whsec_<base64>',
  ])
})

test('an empty variable for keys counts as absent', () => {
  expect(readAccess({ ADMIN_API_KEY: '', READ_API_KEYS: '' })).toMatchObject({
    access: { ingest: [], read: [], admin: [] },
    problems: [],
  })
})
