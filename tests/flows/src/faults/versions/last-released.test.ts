import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findReleased } from './last-released.ts'

test('the last release is the newest tag before what is checked out, as the release command names it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'released-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder })
  git('init', '--quiet')
  const commit = () => git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', 'A change')
  commit()
  expect(findReleased(folder)).toBe('')
  git('tag', '@altcontext/webhook-store@0.1.0')
  git('tag', '@altcontext/webhook-relay@0.1.0')
  commit()
  expect(findReleased(folder)).toBe('@altcontext/webhook-store@0.1.0')
  git('tag', '--annotate', '@altcontext/webhook-store@0.2.0', '--message', '0.2.0')
  expect(findReleased(folder)).toBe('@altcontext/webhook-store@0.1.0')
  commit()
  expect(findReleased(folder)).toBe('@altcontext/webhook-store@0.2.0')
  const shallow = join(folder, 'shallow')
  git('clone', '--quiet', '--depth', '1', `file://${folder}`, shallow)
  expect(findReleased(shallow)).toBe('')
})
