import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles } from '../src/generated-files.ts'

test.each([...generatedFiles()].map(([file, text]) => [basename(file), file, text]))(
  '%s of the Python package is what "npm run python -- generate" writes now',
  (_name, file, text) => {
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)
