import { expect, it } from 'vitest'
import { askExample, exampleBlock } from './worked-example.ts'

it('answers what docs/numbers.md computes by hand', async () => {
  for (const [name, answer] of Object.entries(await askExample())) {
    expect(answer, name).toEqual(exampleBlock(name))
  }
})
