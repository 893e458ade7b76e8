import { expect, test } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { channelsResponseSchema, serviceUsageResponseSchema } from '../src/index.ts'
import { createRole } from './create-role.ts'
import { ask, createTestBridge, marketingPropertyId } from './test-bridge.ts'
import { createExampleBridge, writeHost } from './worked-example.ts'

const report = async (databaseUrl: string, ...args: string[]) => {
  const written = { html: '', out: '', note: '' }
  const exitCode = await runCli(['report', ...args], {
    environment: { DATABASE_URL: databaseUrl, ROLLUP_DEFAULT_PROPERTY_ID: marketingPropertyId },
    out: (line) => {
      written.out += line
    },
    note: (line) => {
      written.note += line
    },
    file: {
      write: async (chunk) => {
        written.html += chunk
      },
      isTerminal: false,
    },
  })
  return { exitCode, ...written }
}

/** The cells of each row, without their markup. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell.replace(/<[^>]*>/g, '')),
  )

test('the report of a week has the numbers of the routes, in a document that can be mailed as it is', async () => {
  await using bridge = await createExampleBridge()
  const { exitCode, html, note } = await report(bridge.test.url, '--week', '2026-W06')
  expect(exitCode).toBe(0)
  const app = await bridge.serve()
  const window = 'from=2026-02-02&to=2026-02-08'
  const usage = serviceUsageResponseSchema.parse(
    await ask(app, `/v1/metrics/service-usage?${window}&compareTo=true`),
  )
  const { channels } = channelsResponseSchema.parse(await ask(app, `/v1/metrics/channels?${window}`))

  const { funnel } = usage
  expect(funnel.tenantsCreated).toBeGreaterThan(0)
  const rows = rowsOf(html)
  const numberOf = (label: string) => rows.find(([first]) => first === label)?.[1]
  expect(numberOf('Visitors')).toBe(String(funnel.marketingVisitors))
  expect(numberOf('Leads')).toBe(String(funnel.leadsCaptured))
  expect(numberOf('New tenants')).toBe(String(funnel.tenantsCreated))
  expect(numberOf('Of them, with a first scan')).toMatch(new RegExp(`^${funnel.tenantsWithFirstScan} \\(`))
  expect(numberOf('Scans completed')).toBe(String(usage.usage.totalScansCompleted.value))
  const head = rows.findIndex(([first]) => first === 'Channel')
  expect(rows.slice(head + 1, head + 1 + channels.length).map((cells) => cells.slice(1))).toEqual(
    channels.map(({ visitors, leads, tenantsCreated, tenantsWithFirstScan }) =>
      [visitors, leads, tenantsCreated, tenantsWithFirstScan].map(String),
    ),
  )
  expect(rows.slice(-7).map(([, , count]) => count)).toEqual(
    usage.trend.map(({ scansCompleted }) => String(scansCompleted)),
  )

  expect(note).toMatch(
    new RegExp(
      `^Week 6 of 2026 \\(2\\s?–\\s?8 Feb 2026\\): ${funnel.tenantsCreated} new tenants?, .*${funnel.tenantsWithFirstScan} of them scanned; ${usage.usage.totalScansCompleted.value} scans completed, .*% of all\\.$`,
    ),
  )
  expect(html).toContain(`${note}</h1>`)
  expect(html).not.toMatch(/<script|<link|<style|<img|class=|src=|href=|url\(|https?:/)
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
})

test('the report is written in French; by default it covers the last week that is over', async () => {
  await using bridge = await createExampleBridge()
  const french = await report(bridge.test.url, '--week', '2026-W06', '--language', 'fr')
  expect(french.note).toMatch(/^Semaine 6 de 2026 \(2\s?–\s?8 févr\. 2026\)\s: \d+ nouveaux? clients?, /)
  expect(french.html).toMatch(/<html lang="fr">.*Nouveaux clients/s)

  const latest = await report(bridge.test.url, '--week')
  const sunday = new Date(Date.now() - (new Date().getUTCDay() || 7) * 86_400_000)
  expect(latest.note).toContain(`${sunday.getUTCDate()} `)
})

test('a name that somebody gave a channel stays text, and an empty bridge says what is not known', async () => {
  await using bridge = await createTestBridge()
  await writeHost(bridge, {
    leads: [
      { email: 'ada@example.com', channel: '<b>"Partner" & co</b>', capturedAt: '2026-02-03T12:00:00Z' },
    ],
    days: [],
  })
  const { html, note } = await report(bridge.test.url, '--week', '2026-W06')
  expect(html).toContain('&#60;b&#62;&#34;partner&#34;_&#38;_co&#60;/b&#62;')
  expect(html).not.toContain('<b>')
  expect(html).toContain('Nothing was ever rolled up, so usage is not known yet.')
  expect(rowsOf(html)).toContainEqual(['Visitors', 'not known', ''])
  expect(rowsOf(html)).toContainEqual(['Scans that succeeded', 'not known', ''])
  expect(note).toMatch(/^Week 6 of 2026 \(2\s?–\s?8 Feb 2026\): 0 new tenants/)
})

test('a role from which row-level security hides the leads gets no report of zeros', async () => {
  await using bridge = await createExampleBridge()
  await using role = await createRole(bridge, 'ALTER TABLE leads ENABLE ROW LEVEL SECURITY')
  const refused = await report(role.url, '--week', '2026-W06')
  expect(refused).toMatchObject({ exitCode: 2, html: '' })
  expect(refused.note).toMatch(
    /^Failed to report: row-level security hides the host's visitors and leads .* \(BYPASSRLS\)\.$/,
  )
})

test.each([
  [['--week', '2026-W60'], 'Failed to read the week: Expected a week of the calendar, such as 2026-W47.'],
  [['--owner', 'x'], 'Failed to report: --owner is not a UUID.'],
  [['--language', 'de'], 'Allowed choices are en, fr'],
])('report %j is refused', async (args, problem) => {
  const { exitCode, note, html } = await report('postgresql://u@127.0.0.1:1/d', ...args)
  expect({ exitCode, html }).toEqual({ exitCode: 2, html: '' })
  expect(note).toContain(problem)
})
