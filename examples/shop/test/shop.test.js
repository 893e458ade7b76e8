import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import pg from 'pg'
import { createBooks } from '../create-books.js'

// DATABASE_URL is an empty database.
const databaseUrl = process.env.DATABASE_URL
const adminKey = 'demo-shop-admin-key-of-34-characters'
const folder = mkdtempSync(join(tmpdir(), 'shop-'))
let books
let env

const run = async (command, ...args) => (await promisify(execFile)(command, args, { env })).stdout

before(async () => {
  const sql = await promisify(execFile)('npx', ['webhook-store', 'sql', '--contract', './contract.js'])
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(sql.stdout)
  await client.end()
  books = await createBooks({ databaseUrl, adminKey, rateLimit: false })
  const origin = await books.listen({ port: 0 })
  env = { ...process.env, WEBHOOK_URL: `${origin}/v1/webhooks/shop`, ADMIN_API_KEY: adminKey }
})
after(async () => {
  await books.close()
  rmSync(folder, { recursive: true, force: true })
})

const revenue = async () => (await books.inject('/revenue')).json()

test('sales are in the books, without the address of the buyer', async () => {
  assert.match(await run('node', 'sell.js'), /accepted: 3,\s+delivered: 3,/)
  assert.deepEqual(await revenue(), { paid: 9900, refunded: 900 })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query('SELECT * FROM tenant_events')
  await client.end()
  assert.equal(rows.length, 3)
  assert.ok(!JSON.stringify(rows).includes('grace@'), 'Expected no address in the stored rows')
})

test('a relay with the contract takes an order from any language', async () => {
  const relay = spawn(
    'npx',
    [
      'webhook-relay',
      'serve',
      '--contract',
      './contract.js',
      '--port',
      '0',
      '--outbox',
      join(folder, 'outbox.db'),
    ],
    { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  )
  try {
    const url = await urlOf(relay)
    const post = (event) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ occurredAt: '2026-02-13T12:00:00Z', ...event }),
      })
    const payload = { orderId: 'order-8', cents: 100 }
    assert.equal((await post({ eventType: 'order.lost', payload })).status, 400)
    assert.equal((await post({ eventType: 'order.paid', payload })).status, 202)
    // The relay delivers a moment later.
    while ((await revenue()).paid !== 10_000) await new Promise((resolve) => setTimeout(resolve, 20))
  } finally {
    process.kill(-relay.pid, 'SIGTERM')
    await once(relay, 'exit')
  }
})

const urlOf = async (relay) => {
  for await (const line of createInterface({ input: relay.stdout })) {
    const { url } = JSON.parse(line)
    if (url !== undefined) {
      relay.stdout.resume()
      return url
    }
  }
  throw new Error('Failed to start the relay.')
}

// The commands come from the README, so that they are known to work.
const commandsOfReadme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^npx webhook-contract(-tests)? /.test(line))

const runOfReadme = (beginning) => {
  const commands = commandsOfReadme.filter((line) => line.startsWith(`npx ${beginning} `))
  assert.equal(commands.length, 1, `Expected one "npx ${beginning}" in the README`)
  const command = commands[0]
    .replace('http://127.0.0.1:3000', new URL(env.WEBHOOK_URL).origin)
    .replace('released.json', join(folder, 'released.json'))
  return run('sh', '-c', command)
}

test('both sides keep the promises of the contract', async () => {
  assert.match(await runOfReadme('webhook-contract-tests receiver'), /\n\d+ passed, 0 failed/)
  assert.match(await runOfReadme('webhook-contract-tests emitter'), /\n\d+ passed, 0 failed/)
})

test('the contract of today is compared with the one that was released', async () => {
  await runOfReadme('webhook-contract export')
  assert.match(await runOfReadme('webhook-contract diff'), /compatible|no changes/i)
})
