import { spawn } from 'node:child_process'
import { buffer, text } from 'node:stream/consumers'
import { type Database, inLeadScope } from '@altcontext/webhook-store'
import { parse } from 'csv-parse/sync'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { rollupDirty } from '../src/rollups/rollup-dirty.ts'
import { createRole } from './create-role.ts'
import { prepareHost } from './oracle/play-history.ts'
import { ask, createTestBridge, sendEvents, type TestBridge } from './test-bridge.ts'
import { createExampleBridge, exampleEvents, writeHost } from './worked-example.ts'

const window = ['--from', '2026-02-07', '--to', '2026-02-09']

const exported = async ({ test: { url } }: { test: { url: string } }, args: string[], isTerminal = false) => {
  const chunks: Uint8Array[] = []
  const progress: string[] = []
  let notes = ''
  const exitCode = await runCli(['export', ...args], {
    environment: { DATABASE_URL: url, ROLLUP_DEFAULT_PROPERTY_ID: 'marketing-site' },
    out: () => {},
    note: (line) => {
      notes += `${line}\n`
    },
    file: {
      write: async (chunk) => void chunks.push(Buffer.from(chunk)),
      isTerminal,
      showProgress: (line) => progress.push(line),
    },
  })
  return { exitCode, bytes: Buffer.concat(chunks), chunks, progress, notes }
}

const csvOf = async (bridge: TestBridge, args: string[]): Promise<Record<string, string>[]> =>
  parse((await exported(bridge, ['--format', 'csv', ...args])).bytes.toString(), { columns: true })

const parquetOf = async (bridge: TestBridge, args: string[]): Promise<Record<string, unknown>[]> => {
  const { bytes } = await exported(bridge, ['--format', 'parquet', ...args])
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer })
}

test('exports every event as it is stored, without private fields, in both formats', async () => {
  await using bridge = await createExampleBridge()
  const { bytes, exitCode, notes, progress } = await exported(bridge, ['--table', 'events'])
  expect([exitCode, notes, progress]).toEqual([0, 'Exported 17 rows of events.\n', ['17 rows', '']])
  expect(bytes.toString().toLowerCase()).not.toContain('example.com')
  const rows = await csvOf(bridge, ['--table', 'events'])
  expect(rows).toHaveLength(exampleEvents().length)
  expect(rows[0]).toEqual({
    id: '00000000-0000-4000-8000-000000000001',
    eventType: 'tenant.created',
    tenantId: 'older',
    occurredAt: '2026-02-01T08:00:00.000Z',
    receivedAt: '2026-02-01T08:00:00.000Z',
    payload: '{}',
    ownerId: '',
  })
  expect(await csvOf(bridge, ['--table', 'events', ...window])).toHaveLength(13)

  const typed = await parquetOf(bridge, ['--table', 'events', ...window])
  expect(typed).toHaveLength(13)
  expect(typed[2]).toEqual({
    id: '00000000-0000-4000-8000-000000000008',
    eventType: 'scan.completed',
    tenantId: 'gallery',
    occurredAt: new Date('2026-02-07T10:00:00Z'),
    receivedAt: new Date('2026-02-07T10:00:00Z'),
    payload: { jobId: 'job', mediaCount: 20, identitiesDetected: 60, durationMs: 3000 },
    ownerId: null,
  })
})

test('exports tenants and channels as the routes return them, and the rollups that add up to the usage', async () => {
  await using bridge = await createExampleBridge()
  const app = await bridge.serve({ now: () => Date.parse('2026-02-10T00:00:00Z') })
  const asked = 'from=2026-02-07&to=2026-02-09'

  const { tenants } = await ask(app, `/v1/metrics/tenants?${asked}&sort=tenantId&order=asc`)
  const exportedTenants = await parquetOf(bridge, ['--table', 'tenants', ...window])
  expect(
    exportedTenants.map(({ tenantId, mediaProcessed, scanSuccessRate, lastActiveDay }) => [
      tenantId,
      Number(mediaProcessed),
      scanSuccessRate,
      (lastActiveDay as Date | null)?.toISOString().slice(0, 10) ?? null,
    ]),
  ).toEqual(
    tenants.map((row: Record<string, unknown>) => [
      row.tenantId,
      row.mediaProcessed,
      row.scanSuccessRate,
      row.lastActiveDay,
    ]),
  )
  expect(exportedTenants[0]).toMatchObject({
    windowFrom: new Date('2026-02-07'),
    windowTo: new Date('2026-02-09'),
  })

  const { channels } = await ask(app, `/v1/metrics/channels?${asked}`)
  const rows = await csvOf(bridge, ['--table', 'channels', ...window])
  expect(rows.map(({ channel, visitors, firstScanRate }) => [channel, visitors, firstScanRate])).toEqual(
    channels.map((row: { channel: string; visitors: number; firstScanRate: { value: number | null } }) => [
      row.channel,
      String(row.visitors),
      String(row.firstScanRate.value ?? ''),
    ]),
  )

  const { usage } = await ask(app, `/v1/metrics/service-usage?${asked}`)
  const rollups = await parquetOf(bridge, ['--table', 'rollups', ...window])
  const media = rollups.reduce((sum, row) => sum + (row.mediaProcessed as bigint), 0n)
  expect(media).toBe(BigInt(usage.totalMediaProcessed.value))
  expect(rollups[0]).toMatchObject({ day: new Date('2026-02-07'), tenantId: 'gallery', durationSumMs: 3000n })
})

test('writes a row group at a time, and every row once, if there are more than are read at a time', async () => {
  await using bridge = await createTestBridge()
  await bridge.sql(
    `INSERT INTO service_usage_rollups (id, tenant_id, day, scan_duration_sum_ms, generated_at, created_at, updated_at)
     SELECT gen_random_uuid()::text, 'tenant-' || number % 15000, DATE '2026-02-01' + number / 15000, 9223372036854775807,
       now(), now(), now()
     FROM generate_series(0, 44999) AS number`,
  )
  const { bytes, chunks, progress } = await exported(bridge, ['--table', 'rollups', '--format', 'parquet'])
  const file = new Uint8Array(bytes).buffer
  expect(parquetMetadata(file).row_groups).toHaveLength(3)
  expect(chunks.length).toBeGreaterThanOrEqual(3)
  expect(progress.slice(0, 2)).toEqual(['5,000 rows', '10,000 rows'])
  const rows = await parquetReadObjects({ file })
  expect(new Set(rows.map(({ day, tenantId }) => `${(day as Date).toISOString()} ${tenantId}`)).size).toBe(
    45_000,
  )
  expect(rows.every(({ durationSumMs }) => durationSumMs === 9223372036854775807n)).toBe(true)
})

test('exports the rows of one customer, or those of all with the name of their customer', async () => {
  await using bridge = await createTestBridge()
  await bridge.sql('ALTER TABLE leads ADD COLUMN tenant_id uuid')
  const owners = ['1', '2'].map((digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`)
  for (const [index, tenantId] of owners.entries()) {
    const database: Database = inLeadScope(bridge.database, { tenantId })
    await sendEvents(database, [{ id: index + 1, type: 'scan.completed', at: '2026-02-07T12:00:00Z' }])
  }
  await rollupDirty(bridge.database)
  for (const table of ['events', 'rollups', 'tenants']) {
    const days = table === 'tenants' ? window : []
    const all = await csvOf(bridge, ['--table', table, ...days])
    expect(
      all.map(({ ownerId }) => ownerId),
      table,
    ).toEqual(owners)
    const one = await csvOf(bridge, ['--table', table, '--owner', owners[1] as string, ...days])
    expect(
      one.map(({ ownerId, tenantId }) => [ownerId, tenantId]),
      table,
    ).toEqual([[owners[1], 'tenant-a']])
  }
})

test('exports, besides those of the customers, the rows that belong to nobody', async () => {
  await using bridge = await createTestBridge()
  await prepareHost(bridge)
  const owner = '11111111-1111-4111-8111-111111111111'
  const at = '2026-02-07T12:00:00Z'
  await bridge.send([{ id: 1, type: 'scan.completed', tenant: 'of-nobody', at }])
  await sendEvents(inLeadScope(bridge.database, { tenantId: owner }), [
    { id: 2, type: 'scan.completed', tenant: 'of-customer', at },
  ])
  await rollupDirty(bridge.database)
  for (const table of ['events', 'rollups', 'tenants']) {
    const all = await csvOf(bridge, ['--table', table, ...window])
    expect([table, all.map(({ ownerId, tenantId }) => [ownerId, tenantId])]).toEqual([
      table,
      [
        ['', 'of-nobody'],
        [owner, 'of-customer'],
      ],
    ])
  }
  const channels = await csvOf(bridge, ['--table', 'channels', ...window])
  expect([...new Set(channels.map(({ ownerId }) => ownerId))]).toEqual(['', owner])
})

test("exports channels under the host's own names", async () => {
  await using bridge = await createTestBridge()
  await writeHost(bridge, {
    leads: [{ email: 'ada@example.com', channel: 'Partner portal', capturedAt: '2026-02-07T08:00:00Z' }],
    days: [],
  })
  await bridge.send([
    { id: 1, type: 'tenant.created', at: '2026-02-07T12:00:00Z', payload: { email: 'ada@example.com' } },
  ])
  await rollupDirty(bridge.database)
  const named = ['--channel-name', 'partner-portal=Partners']
  for (const table of ['channels', 'tenants']) {
    const channelsOf = async (args: string[]) =>
      (await csvOf(bridge, ['--table', table, ...window, ...args])).map(({ channel }) => channel)
    expect(await channelsOf([])).toContain('partner_portal')
    expect(await channelsOf(named)).toContain('partners')
    expect(await channelsOf(named)).not.toContain('partner_portal')
  }
})

test.each([
  [['--table', 'tenants', '--channel-name', 'partner'], 'Expected a pair'],
  [['--table', 'leads'], "option '--table <name>' argument 'leads' is invalid"],
  [[], "required option '--table <name>' not specified"],
  [['--table', 'events', '--format', 'json'], 'Allowed choices are csv, parquet'],
  [['--table', 'events', '--from', '2026-02-30'], 'from: Expected a day'],
  [['--table', 'tenants', '--from', '2024-01-01', '--to', '2026-01-01'], 'at most 366 days'],
  [['--table', 'events', '--owner', 'me'], '--owner is not a UUID'],
])('refuses %j in one sentence', async (args, sentence) => {
  await using bridge = await createTestBridge()
  const { exitCode, notes, bytes } = await exported(bridge, args)
  expect([exitCode, bytes.length]).toEqual([2, 0])
  expect(notes).toContain(sentence)
})

test('writes no Parquet to a terminal, and no progress where nobody looks', async () => {
  await using bridge = await createExampleBridge()
  const refused = await exported(bridge, ['--table', 'events', '--format', 'parquet'], true)
  expect([refused.exitCode, refused.notes]).toEqual([
    2,
    expect.stringContaining('Parquet is not for a terminal'),
  ])

  const child = spawn(
    process.execPath,
    [
      '--conditions=@altcontext/source',
      new URL('../src/cli.ts', import.meta.url).pathname,
      ...['export', '--table', 'events', '--format', 'parquet'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: bridge.test.url } },
  )
  const [bytes, notes] = await Promise.all([buffer(child.stdout), text(child.stderr)])
  expect(notes).toBe('Exported 17 rows of events.\n')
  expect(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).toHaveLength(17)
})

test('channels are refused to a role from which row-level security hides the leads; tables that count no leads are not', async () => {
  await using bridge = await createExampleBridge()
  await using role = await createRole(bridge, 'ALTER TABLE leads ENABLE ROW LEVEL SECURITY')
  const byRole = { test: { url: role.url } }
  const refused = await exported(byRole, ['--table', 'channels', ...window])
  expect([refused.exitCode, String(refused.bytes)]).toEqual([2, ''])
  expect(refused.notes).toBe(
    "Failed to export the channels: row-level security hides the host's visitors and leads from this role, and they would be counted as 0. Use a role that bypasses row-level security (BYPASSRLS).\n",
  )
  expect((await exported(byRole, ['--table', 'events'])).exitCode).toBe(0)
  expect((await exported(bridge, ['--table', 'channels', ...window])).exitCode).toBe(0)
})
