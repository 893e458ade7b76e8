import { expect, it } from 'vitest'
import { ask } from './test-bridge.ts'
import { createExampleBridge, exampleBlock } from './worked-example.ts'

it('answers what docs/numbers.md computes by hand', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })

  const window = 'from=2026-02-07&to=2026-02-09'
  const answers = {
    'service-usage': await ask(app, `/v1/metrics/service-usage?${window}&compareTo=true`),
    channels: await ask(app, `/v1/metrics/channels?${window}`),
    tenants: await ask(app, `/v1/metrics/tenants?${window}&sort=tenantId&order=asc`),
  }

  for (const [name, answer] of Object.entries(answers)) expect(answer, name).toEqual(exampleBlock(name))
})
