import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const known = ['from', 'to', 'tenantId', 'compareTo', 'horizonDays']

test.each([
  ['form', 'from'],
  ['tenantid', 'tenantId'],
  ['tenant', 'tenantId'],
  ['compareto', 'compareTo'],
  ['comparTo', 'compareTo'],
  ['horizonDay', 'horizonDays'],
  ['limit', undefined],
  ['ab', undefined],
  ['x', undefined],
])('takes %s for %s', (name, expected) => {
  expect(nearestName(name, known)).toBe(expected)
})
