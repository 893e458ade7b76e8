import { expect, test } from 'vitest'
import type { z } from 'zod'
import * as metrics from '../src/index.ts'
import { askExample, askForText, askInPassing, exampleBlock, textBlock } from './worked-example.ts'
import { createFieldCheck } from './worked-example-fields.ts'

test('returns what docs/numbers.md computes by hand', async () => {
  for (const [name, response] of Object.entries(await askExample())) {
    expect(response, name).toEqual(exampleBlock(name))
  }
  for (const [name, response] of Object.entries(await askInPassing())) {
    expect(response, name).toMatchObject(exampleBlock<object>(name))
  }
})

test('returns the OpenMetrics and the stream of docs/numbers.md', async () => {
  for (const [name, response] of Object.entries(await askForText())) {
    expect(response.trim(), name).toBe(textBlock(name))
  }
})

/** Which blocks of docs/numbers.md are responses, or excerpts of responses, of which schema. */
const blocksOf: Record<string, string[]> = {
  serviceUsageResponseSchema: ['service-usage', 'usage-before', 'usage-later'],
  channelsResponseSchema: ['channels'],
  channelResponseSchema: ['channel', 'channel-before'],
  tenantsResponseSchema: ['tenants', 'first-page'],
  tenantResponseSchema: ['tenant', 'tenant-without-a-lead'],
  cohortsResponseSchema: ['cohorts', 'cohorts-of-a-channel'],
  eventsResponseSchema: ['received', 'refusals', 'arrived-again', 'events-page'],
  restatementsResponseSchema: ['restatements'],
  bridgeResponseSchema: ['bridge', 'bridge-later', 'bridge-heard'],
}

// They need 20 tenants, which nobody adds up by hand: the tests of judgeChannels compare them with SciPy's.
const notByHand = [
  'channelsResponseSchema.channels.verdict.probabilityAhead',
  'channelsResponseSchema.channels.verdict.probabilityBest',
]

test('docs/numbers.md computes every field of every response, once with a value', () => {
  const check = createFieldCheck()
  const schemas = Object.entries(metrics).filter(([name]) => name.endsWith('ResponseSchema'))
  expect(schemas.map(([name]) => name).toSorted()).toEqual(Object.keys(blocksOf).toSorted())
  for (const [name, schema] of schemas) {
    const responses = blocksOf[name]?.map((block) => exampleBlock(block)) ?? []
    check.look(schema as z.ZodType, responses, name)
  }
  expect(check.missing()).toEqual(notByHand)
})
