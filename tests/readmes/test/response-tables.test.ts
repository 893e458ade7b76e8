import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ResponseRoutes, responseCodesOf, responses } from '@altcontext/webhook-contract'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

test.each<[string, ResponseRoutes]>([
  ['packages/contract/README.md', 'webhooks'],
  ['packages/receiver/README.md', 'webhooks'],
  ['packages/metrics/README.md', 'metrics'],
  ['packages/dashboard/README.md', 'dashboard'],
  ['packages/relay/README.md', 'relay'],
  ['examples/marketing-backend/README.md', 'host'],
])('%s has the responses of the %s routes as the contract has them', (file, routes) => {
  const text = readFileSync(join(root, file), 'utf8')
  const written = new RegExp(`<!-- responses: ${routes} -->\n\n([\\s\\S]*?)\n\n<!-- /responses -->`).exec(
    text,
  )
  expect(written?.[1]).toBe(toTable(routes))
})

const toTable = (routes: ResponseRoutes): string =>
  [
    '| status | `error` | when | whose fault | sent again |',
    '|---|---|---|---|---|',
    ...responseCodesOf(routes).map((code) => {
      const { status, when, fault, isRetryable, hasRetryAfter } = responses[code]
      const again = isRetryable ? (hasRetryAfter ? 'after `Retry-After`' : 'yes') : 'no'
      return `| ${status} | \`${code}\` | ${when} | the ${fault}'s | ${again} |`
    }),
  ].join('\n')
