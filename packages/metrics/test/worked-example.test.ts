import { expect, test } from 'vitest'
import { askExample, exampleBlock } from './worked-example.ts'

test('answers what docs/numbers.md computes by hand', async () => {
  for (const [name, answer] of Object.entries(await askExample())) {
    expect(answer, name).toEqual(exampleBlock(name))
  }
})
