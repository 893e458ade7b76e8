import { expect, test } from 'vitest'
import { lintPython } from '../src/ruff.ts'

test('ruff finds no problem in the Python files, and would format none differently', () => {
  expect(lintPython()).toEqual([])
})
