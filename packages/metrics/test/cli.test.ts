import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runCli } from '../src/cli/run-cli.ts'
import { createTestBridge } from './test-bridge.ts'
import { exampleEvents } from './worked-example.ts'

const cli = async (args: string[], databaseUrl?: string) => {
  const written = { out: '', note: '' }
  const exitCode = await runCli(args, {
    environment: { DATABASE_URL: databaseUrl },
    out: (line) => {
      written.out += `${line}\n`
    },
    note: (line) => {
      written.note += `${line}\n`
    },
    file: { write: async () => {}, isTerminal: false },
  })
  return { exitCode, ...written }
}

test('rolls up, backfills, compares, purges and prints the state', async () => {
  await using bridge = await createTestBridge()
  const { url } = bridge.test
  await bridge.send(exampleEvents())

  expect((await cli(['status'], url)).out).toMatch(
    /^Complete through {2}nothing was ever rolled up\nBacklog {11}10 dirty entries/,
  )
  expect(await cli(['rollup'], url)).toEqual({
    exitCode: 0,
    out: 'Rolled up 6 tenant days: 6 changed, 0 removed.\n',
    note: '6 tenant days, 10 dirty entries\n',
  })
  expect(await cli(['backfill', '--from', '2026-02-01', '--to', '2026-02-10'], url)).toEqual({
    exitCode: 0,
    out: 'Rolled up 2026-02-01 to 2026-02-10, 6 tenant days: 0 changed, 0 removed.\n',
    note: 'through 2026-02-07 of 2026-02-10: 3 tenant days\nthrough 2026-02-10 of 2026-02-10: 6 tenant days\n',
  })
  const agreed = await cli(['discrepancy', '--json'], url)
  expect([agreed.exitCode, JSON.parse(agreed.out)]).toMatchObject([0, { compared: 6, cells: 0, days: 0 }])

  await bridge.sql(`UPDATE service_usage_rollups SET scans_failed = 9 WHERE day = '2026-02-09'`)
  const differs = await cli(['discrepancy', '--from', '2026-02-09', '--to', '2026-02-09'], url)
  expect(differs.exitCode).toBe(1)
  expect(differs.out).toContain(
    '2026-02-09  gallery  scans_failed\n' +
      'Days whose totals over all tenants differ from their rollups: 1.\n' +
      'Repair with: webhook-metrics backfill --from 2026-02-09 --to 2026-02-09\n',
  )

  const purged = await cli(['purge', '--json'], url)
  expect([purged.exitCode, JSON.parse(purged.out)]).toMatchObject([0, { events: 17 }])
  const status = JSON.parse((await cli(['status', '--json'], url)).out)
  expect(status.jobs.discrepancy.run.details.cells).toBe(1)
  expect(status.jobs.purge.run.details.events).toBe(17)
})

test('reads the schema from the connection string, as the host does', async () => {
  await using bridge = await createTestBridge()
  expect((await cli(['rollup'], `${bridge.test.url}?schema=public`)).exitCode).toBe(0)
  const missing = await cli(['rollup'], `${bridge.test.url}?schema=missing`)
  expect(missing).toMatchObject({ exitCode: 2, note: expect.stringContaining('Apply the migrations') })
})

test.each([
  [['rollup'], undefined, 'no connection string'],
  [['rollup'], 'mysql://u:secret@h/d', 'the connection string is not for PostgreSQL'],
  [['status'], 'postgresql://u:secret@127.0.0.1:1/d', 'ECONNREFUSED'],
  [['backfill', '--from', '2026-02-30'], 'postgresql://u:secret@127.0.0.1:1/d', 'from: Expected a day'],
  [
    ['backfill', '--from', '2026-02-02', '--to', '2026-02-01'],
    'postgresql://u:secret@127.0.0.1:1/d',
    'from: Expected',
  ],
  [['purge', '--raw-retention-days', '30'], 'postgresql://u:secret@127.0.0.1:1/d', 'rawRetentionDays (30)'],
  [['purge', '--raw-retention-days', 'x'], undefined, 'Expected a whole number'],
  [
    ['--database-url', 'postgresql://u:secret@127.0.0.1:1/d', 'status'],
    undefined,
    '--database-url holds a password, and other users can see command lines. Give the connection string in DATABASE_URL',
  ],
  [
    ['--database-url', 'postgresql://u@127.0.0.1:1/d?password=secret', 'purge'],
    undefined,
    'holds a password',
  ],
  [['rollup', '--fast'], undefined, "unknown option '--fast'"],
])('ends %j with exit code 2 and one sentence', async (args, url, sentence) => {
  const { exitCode, note, out } = await cli(args, url)
  expect([exitCode, out]).toEqual([2, ''])
  expect(note).toContain(sentence)
  expect(note).not.toContain('secret')
  expect(note.trimEnd().split('\n')).toHaveLength(1)
})

test('runs as a program', async () => {
  const child = spawn(
    process.execPath,
    ['--conditions=@altcontext/source', new URL('../src/cli.ts', import.meta.url).pathname, '--help'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const help = await text(child.stdout)
  for (const command of ['rollup', 'backfill', 'status', 'discrepancy', 'purge', 'export'])
    expect(help).toContain(command)
})
