import { expect, test } from 'vitest'
import { lintPython } from '../src/ruff.ts'

test('ruff finds nothing in the Python files, and would format none otherwise', () => {
  expect(lintPython()).toEqual([])
})
