import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readCommandLine } from '../../../../scripts/read-command-line.ts'
import { root } from '../public-packages.ts'
import { buildExecutable } from './build-executable.ts'
import { executableName } from './executable-name.ts'
import { nodeForArm64, runnableOnThisMachine } from './node-for-arm64.ts'
import { smokeExecutable } from './smoke-executable.ts'

const { positionals, values } = readCommandLine({
  usage: `Usage: npm run executable -- [--arm64] [FILE]

Makes the relay as one file for this machine, and tries it. FILE: .cache/executable/${executableName(process.arch)}
--arm64 makes it for Linux on arm64, with the Node that npm has, and tries it where there is an emulator (Debian's qemu-user-static,
libc6-arm64-cross and libstdc++6-arm64-cross). FILE: .cache/executable/${executableName('arm64')}
`,
  options: { arm64: { type: 'boolean' } },
  maxPositionals: 1,
})
const forArm64 = values.arm64 === true
const platform = forArm64 ? 'linux arm64' : `${process.platform} ${process.arch}`
const [out = join(root, '.cache/executable', executableName(forArm64 ? 'arm64' : process.arch))] = positionals
const file = resolve(out)
const folder = mkdtempSync(join(tmpdir(), 'webhook-relay-executable-'))
try {
  await buildExecutable(file, forArm64 ? await nodeForArm64(join(folder, 'node')) : undefined)
  const runnable = forArm64 ? runnableOnThisMachine(file, folder) : { file }
  if ('file' in runnable) await smokeExecutable(runnable.file, folder)
  const tried =
    'file' in runnable
      ? 'serves, survives kill -9, delivers and stops'
      : `not tried, because ${runnable.whyNot}`
  const mebibytes = (statSync(file).size / 1_048_576).toFixed(0)
  console.log(`${file} (${platform}): ${tried}; ${mebibytes} MiB`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
