import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from '@altcontext/test-database'
import type { AttackReport, AttackTarget } from './attack.ts'
import { programs, runProgram } from './run-program.ts'
import { startRelay } from './start-relay.ts'

const inFolder = async <Result>(use: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = mkdtempSync(join(tmpdir(), 'attacked-files-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const postEvent = async (relay: { host: string; port: number }, event: object): Promise<number> => {
  const response = await fetch(`http://${relay.host}:${relay.port}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  })
  await response.arrayBuffer()
  return response.status
}

const event = {
  eventType: 'apikey.created',
  tenantId: 'tenant-1',
  occurredAt: '2026-02-13T12:00:00Z',
  payload: { keyPrefix: 'ac_live' },
}

/** Puts files where the outbox should be before the relay starts: one that everybody may read, and links to somebody else's file. */
export const prepareOutboxes = (receiver: AttackTarget): Promise<AttackReport> =>
  inFolder(async (folder) => {
    let gotThrough = 0
    const open = join(folder, 'open.db')
    writeFileSync(open, '')
    chmodSync(open, 0o666)
    {
      await using relay = await startRelay(receiver, { RELAY_OUTBOX: open })
      await postEvent(relay, event)
      for (const suffix of ['', '-wal', '-shm']) {
        const found = statSync(`${open}${suffix}`, { throwIfNoEntry: false })
        if (found !== undefined && (found.mode & 0o077) !== 0) gotThrough += 1
      }
    }
    const foreign = join(folder, 'foreign')
    const links = ['link-to-file.db', 'link-to-nothing.db'].map((name) => join(folder, name))
    writeFileSync(foreign, '')
    symlinkSync(foreign, links[0] as string)
    symlinkSync(join(folder, 'made-by-the-relay'), links[1] as string)
    for (const link of links) {
      const { exitCode } = await runProgram([programs.relay, 'serve', '--port', '0'], {
        WEBHOOK_URL: 'http://127.0.0.1:9/hooks',
        ADMIN_API_KEY: receiver.adminKey,
        RELAY_OUTBOX: link,
      })
      if (exitCode === 0 || exitCode === null) gotThrough += 1
    }
    if (readFileSync(foreign).length > 0) gotThrough += 1
    if (statSync(join(folder, 'made-by-the-relay'), { throwIfNoEntry: false }) !== undefined) gotThrough += 1
    return {
      attack: "read the relay's outbox, or have it written elsewhere",
      tried: 1 + links.length,
      gotThrough,
    }
  })

const steering = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\rx'

/** Escape sequences that control a terminal, in events that came by SQL, shown by every command of the relay and in its log. */
export const steerTerminals = async (receiver: AttackTarget): Promise<AttackReport> => {
  const environment = { RELAY_OUTBOX: receiver.databaseUrl, RELAY_SCHEMA: 'steering' }
  await using relay = await startRelay(receiver, { LOG_LEVEL: 'debug', ...environment })
  await postEvent(relay, { ...event, eventType: steering })
  const [emitted] = await receiver.query<{ id: string }>(
    'SELECT steering.webhook_outbox_emit($1::jsonb)::text AS id',
    [JSON.stringify({ ...event, eventType: steering, tenantId: steering })],
  )
  const id = emitted?.id ?? ''
  const show = (...args: string[]) =>
    runProgram([programs.relay, ...args], environment, args[0] === 'tail' ? 10_000 : 30_000)
  const runs = await Promise.all([
    show('list'),
    show('show', id),
    show('show', id, '--json'),
    show('list', '--tenant', steering),
    show('list', '--reason', steering),
    show('show', steering),
    show('tail', '--since', '10m'),
  ])
  // Commands that showed the words, escaped: a terminal that was shown nothing could not be controlled.
  const shown = runs.filter(({ output }) => output.includes('u001b')).length
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this looks for them.
  const steers = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/
  const outputs = [...runs.map(({ output }) => output), relay.log()]
  const steered = outputs.filter((output) => steers.test(output)).map((output) => JSON.stringify(output))
  return {
    attack: `control the terminal of somebody who lists events or reads the log (${shown} outputs hold the words)${steered.join()}`,
    tried: outputs.length,
    gotThrough: steered.length + (shown >= 3 ? 0 : 1),
  }
}

/** Looks for a database's password among the processes of the machine, and gives one as a flag: it must be refused, and not printed. */
export const lookForPasswords = async (target: AttackTarget): Promise<AttackReport> => {
  const [role, password] = [`attacked_${randomUUID().slice(0, 8)}`, 'the-password-of-the-database']
  const url = new URL(target.databaseUrl)
  url.username = role
  url.password = password
  const database = url.pathname.slice(1)
  await target.query(`CREATE ROLE "${role}" LOGIN PASSWORD '${password}'`)
  await target.query(`GRANT CREATE ON DATABASE "${database}" TO "${role}"`)
  const flags = [
    [programs.relay, 'serve', '--outbox', url.href],
    [programs.relay, 'status', '--outbox', url.href],
    [programs.metrics, '--database-url', url.href, 'status'],
    [programs.metrics, '--database-url', `${target.databaseUrl}?password=${password}`, 'purge'],
  ]
  let gotThrough = 0
  for (const { exitCode, output } of await Promise.all(flags.map((flag) => runProgram(flag)))) {
    if (exitCode === 0 || exitCode === null || output.includes(password)) gotThrough += 1
  }
  {
    await using _relay = await startRelay(target, { RELAY_OUTBOX: url.href, RELAY_SCHEMA: 'attacked' })
    const seen = execFileSync('ps', ['-eww', '-o', 'args='], { encoding: 'utf8' })
    if (seen.includes(password) || !seen.includes('packages/relay/src/cli.ts')) gotThrough += 1
  }
  await target.query(`DROP OWNED BY "${role}"`)
  await target.query(`DROP ROLE "${role}"`)
  return { attack: "see a database's password in a command line", tried: flags.length + 1, gotThrough }
}

/** Starts servers with signing secrets that are set but blank: a server that starts would accept every event unsigned. */
export const blankSecrets = async (target: AttackTarget): Promise<AttackReport> => {
  const blanks = ['', '   ']
  let gotThrough = 0
  for (const WEBHOOK_SIGNING_SECRET of blanks) {
    const runs = [
      await runProgram([programs.example], {
        DATABASE_URL: target.databaseUrl,
        PORT: '0',
        ADMIN_API_KEY: target.adminKey,
        WEBHOOK_SIGNING_SECRET,
      }),
      await runProgram([programs.relay, 'serve', '--port', '0'], {
        WEBHOOK_URL: 'http://127.0.0.1:9/hooks',
        ADMIN_API_KEY: target.adminKey,
        RELAY_OUTBOX: join(tmpdir(), 'never-made.db'),
        WEBHOOK_SIGNING_SECRET,
      }),
    ]
    gotThrough += runs.filter(({ exitCode }) => exitCode === 0 || exitCode === null).length
  }
  return { attack: 'have a blank secret taken for "unsigned"', tried: 2 * blanks.length, gotThrough }
}

/** Names of schemas that try to be SQL, in the script that products run: there and in its functions they must stay names. */
export const nameSchemas = async (target: AttackTarget): Promise<AttackReport> => {
  const names = [`x"; DROP TABLE leads; --`, `it's "x"; DROP TABLE leads; --`, `a$$; DROP TABLE leads; --`]
  let gotThrough = 0
  let refused = 0
  for (const schema of names) {
    const { exitCode, output } = await runProgram([programs.relay, 'sql', '--schema', schema])
    if (exitCode !== 0) {
      refused += 1
      continue
    }
    await target.query(output)
    const emit = `"${schema.replaceAll('"', '""')}".webhook_outbox_emit`
    await target.query(`SELECT ${emit}($1::jsonb)`, [JSON.stringify(event)])
  }
  const [leads] = await target.query<{ there: boolean }>("SELECT to_regclass('leads') IS NOT NULL AS there")
  if (leads?.there !== true) gotThrough += 1
  // One of them cannot be distinguished from the end of a function's body.
  if (refused !== 1) gotThrough += 1
  return { attack: 'have the name of a schema executed as SQL', tried: names.length, gotThrough }
}

/** A database that logs parameters: the example must say so, once, with what to run. */
export const logParameters = async (
  database: TestDatabase,
  startServer: () => Promise<AttackTarget & AsyncDisposable>,
): Promise<AttackReport> => {
  const settings = [
    'log_min_duration_statement = 0',
    "log_statement = 'all'",
    "log_min_error_statement = 'error'",
  ]
  const name = new URL(database.url).pathname.slice(1)
  let gotThrough = 0
  for (const setting of settings) {
    await database.pool.query(`ALTER DATABASE "${name}" SET ${setting}`)
    await database.pool.query(`ALTER DATABASE "${name}" SET log_parameter_max_length_on_error = -1`)
    await using server = await startServer()
    const said = () => server.log().split('SET log_parameter_max_length').length - 1
    for (let wait = 0; wait < 1200 && said() === 0; wait += 1)
      await new Promise((resolve) => setTimeout(resolve, 50))
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.includes('PostgreSQL writes the parameters'))
    if (lines.length !== 1 || !lines[0]?.includes('ALTER ROLE')) gotThrough += 1
    await database.pool.query(`ALTER DATABASE "${name}" RESET ALL`)
  }
  return { attack: 'have PostgreSQL log parameters without a warning', tried: settings.length, gotThrough }
}
