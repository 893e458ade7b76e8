import { expect, test } from 'vitest'
import { shortId } from './short-id.ts'

test('An id of up to 18 characters stays, a longer one loses its middle', () => {
  expect(shortId('tenant-000-oak-123')).toBe('tenant-000-oak-123')
  expect(shortId('b9a1f1c2-0000-4000-8000-00000000beef')).toBe('b9a1f1c2…0000beef')
})
