import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const script = /```sh weekly-report\n(.*?)```/s.exec(readme)?.[1] ?? ''
const folder = mkdtempSync(join(tmpdir(), 'weekly-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

const program = (name: string, commands: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${commands}\n`, { mode: 0o700 })

test('the script of the README mails a report, and fails with a message and without a mail if there is none', () => {
  const secret = 'postgres://bridge:hunter2@db.example/marketing'
  const mailed = join(folder, 'mailed')
  const settings = join(folder, 'settings')
  writeFileSync(settings, `DATABASE_URL=${secret}\n`)
  // It has the database from its environment, and not from its arguments.
  program('npx', `test "$DATABASE_URL" = '${secret}'; echo "<p>$*</p>"; echo 'The week is written.' >&2`)
  program('mail', `cat >'${mailed}'`)
  const run = () =>
    spawnSync('/bin/sh', ['-c', script], {
      env: { PATH: `${folder}:${process.env.PATH}`, WEEKLY_REPORT_SETTINGS: settings },
      encoding: 'utf8',
    })
  expect(script).not.toContain('postgres://')
  expect(run()).toMatchObject({ status: 0, stderr: 'The week is written.\n' })
  expect(readFileSync(mailed, 'utf8')).toBe(
    '<p>webhook-metrics report --week --marketing-property marketing-site</p>\n',
  )
  rmSync(mailed)
  program('npx', `echo 'Failed to connect.' >&2; exit 2`)
  expect(run()).toMatchObject({ status: 2, stderr: 'Failed to connect.\n' })
  expect(existsSync(mailed)).toBe(false)
})
