import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('the emitter keeps the promises of the contract', () => {
  const delaysMs = '300,600,900'
  const result = spawnSync(
    'npx',
    [
      'webhook-contract-tests',
      'emitter',
      '--command',
      'node emit-lines.js',
      '--schedule',
      delaysMs,
      '--timeout',
      '4000',
    ],
    { encoding: 'utf8', env: { ...process.env, RETRY_DELAYS_MS: delaysMs } },
  )
  assert.match(result.stdout, /\n\d+ passed, 0 failed(, \d+ skipped)?\n$/, result.stdout + result.stderr)
  assert.equal(result.status, 0)
})
