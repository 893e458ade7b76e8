import { expect, test } from 'vitest'
import { runnableOnThisMachine } from './node-for-arm64.ts'

test.each(['darwin', 'win32'] as const)(
  'a file for Linux is not tried on %s, whatever the processor is',
  (platform) => {
    for (const arch of ['arm64', 'x64'] as const) {
      expect(runnableOnThisMachine('/relay', '/nowhere', { platform, arch })).toEqual({
        whyNot: `it is for Linux, and this machine is ${platform}`,
      })
    }
  },
)

test('on Linux on arm64 it runs as it is', () => {
  expect(runnableOnThisMachine('/relay', '/nowhere', { platform: 'linux', arch: 'arm64' })).toEqual({
    file: '/relay',
  })
})
