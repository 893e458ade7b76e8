import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../packaging/src/run-command.ts'
import type { Tarballs } from './pack-used.ts'

const kit = '@altcontext/webhook-contract-tests'
const main = join(import.meta.dirname, '../../../examples/marketing-backend/src/main.ts')

/**
 * Checks the example server, as it runs, from an empty folder, with the very lines of the packed README. Two things
 * differ: the package comes from its tarball, and the server listens on a free port.
 */
export const checkRunningServer = async (
  folder: string,
  tarballs: Tarballs,
  databaseUrl: string,
): Promise<string> => {
  const adminKey = 'demo-running-server-key-of-37-chars'
  const readme = runCommand('tar', ['-xzOf', tarballs[kit] ?? '', 'package/README.md'], '.')
  const lineWith = (pattern: RegExp): string => {
    const line = readme.match(pattern)?.[0]
    if (line === undefined) throw new Error(`Failed to find ${pattern} in the README of ${kit}.`)
    return line
  }
  mkdirSync(folder)
  // Names what the tarball depends on, and is not published yet.
  const overrides = Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]))
  delete overrides[kit]
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }))
  const install = lineWith(new RegExp(`^npm install .*${kit}$`, 'm'))
  runCommand('/bin/sh', ['-c', install.replace(kit, tarballs[kit] ?? '')], folder)

  const server = spawn(process.execPath, ['--conditions=@altcontext/source', main], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      DATABASE_URL: databaseUrl,
      ADMIN_API_KEY: adminKey,
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'close')
  try {
    const origin = await originOf(server)
    const command = lineWith(/^npx webhook-contract-tests receiver .*$/m)
      .replace(/http:\/\/\S+/, origin)
      .replace('"$ADMIN_API_KEY"', adminKey)
    return runCommand('/bin/sh', ['-c', command], folder)
  } finally {
    server.kill()
    await ended
  }
}

/** Resolves with the address that the server says it listens at. */
const originOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = ''
    server.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      const origin = said.match(/^Marketing backend +(http\S+)\/ /m)?.[1]
      if (origin !== undefined) resolve(origin)
    })
    server.once('close', () => reject(new Error(`Failed to start the example server:\n${said}`)))
  })
