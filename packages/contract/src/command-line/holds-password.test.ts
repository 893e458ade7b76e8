import { expect, test } from 'vitest'
import { holdsPassword } from './holds-password.ts'

test.each([
  ['postgres://user:secret@host/product', true],
  ['postgresql://user@host/product?password=secret', true],
  ['postgresql://user@host/product?sslpassword=secret', true],
  ['postgres://user@host/product?schema=x', false],
  ['postgres://user:@host/product', false],
  ['webhook-outbox.db', false],
  ['./a:b@c/outbox.db', false],
])('%s holds a password: %s', (address, expected) => {
  expect(holdsPassword(address)).toBe(expected)
})
