import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles } from '../src/generated-files.ts'

const root = join(import.meta.dirname, '../../..')

test.each([...generatedFiles()].map(([file, text]) => [relative(root, file), file, text]))(
  '%s is what "npm run python -- generate" writes now',
  (_name, file, text) => {
    expect(readFileSync(file, 'utf8')).toBe(text)
  },
)
