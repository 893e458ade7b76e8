import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeMemoryFolder } from '../src/memory-folder.ts'

const folder = makeMemoryFolder()

test.skipIf(folder === undefined)(
  'removes what a killed run has left in memory, and nothing of a run that still goes on (left out: no room in /dev/shm)',
  () => {
    const { pid: ended } = spawnSync(process.execPath, ['--version'])
    const left = `/dev/shm/altcontext-test-${ended}-left`
    mkdirSync(left)
    const next = makeMemoryFolder()
    try {
      expect(existsSync(left)).toBe(false)
      expect(existsSync(folder ?? '')).toBe(true)
    } finally {
      for (const each of [folder, next, left]) rmSync(each ?? left, { recursive: true, force: true })
    }
  },
)
