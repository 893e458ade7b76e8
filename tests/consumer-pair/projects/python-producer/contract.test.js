import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

test('the Python program and its relay keep the promises of the contract', () => {
  const args = ['webhook-contract-tests', 'emitter', '--command', 'python3 emit_lines.py']
  const result = spawnSync('npx', args, { encoding: 'utf8' })
  assert.match(result.stdout, /\n\d+ passed, 0 failed(, \d+ skipped)?\n$/, result.stdout + result.stderr)
  assert.equal(result.status, 0)
})
