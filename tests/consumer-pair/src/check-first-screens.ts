import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../../packaging/src/run-command.ts'
import { findPython } from '../../python/src/find-python.ts'
import { pythonFolder } from '../../python/src/run-python.ts'
import { installLine } from './install-line.ts'
import { readPacked, type Tarballs } from './pack-used.ts'
import type { RunningServer } from './running-server.ts'

const emitter = '@altcontext/webhook-emitter'
const path = '/v1/webhooks/description-service'

/**
 * From an empty folder to the first stored event, following only what the first screen of the emitter's README says.
 * Resolves with the output of the program.
 */
export const tryNodeReadme = async (
  folder: string,
  tarballs: Tarballs,
  { origin, adminKey }: RunningServer,
): Promise<string> => {
  const readme = await readPacked(tarballs, emitter, 'README.md')
  await installLine(folder, tarballs, firstBlock(readme, 'sh'), emitter)
  writeFileSync(join(folder, 'first.mjs'), firstBlock(readme, 'ts'))
  return await runCommand('node', ['first.mjs'], folder, {
    WEBHOOK_URL: `${origin}${path}`,
    ADMIN_API_KEY: adminKey,
  })
}

/** The same in Python, with nothing but `python3`: the wheel is unpacked as the README says for a machine without pip. */
export const tryPythonReadme = async (
  folder: string,
  { origin, adminKey }: RunningServer,
): Promise<string> => {
  const python = findPython()
  if (python === undefined) throw new Error('Failed to find a python3 of version 3.10 or newer. Install one.')
  mkdirSync(folder)
  await runCommand(python, ['build_offline.py', folder], pythonFolder)
  const readme = readFileSync(join(pythonFolder, 'README.md'), 'utf8')
  const unpack = /without pip: (python3 .*)$/m.exec(firstBlock(readme, 'sh'))?.[1]
  if (unpack === undefined) throw new Error('Failed to find what the README says for a machine without pip.')
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl')) ?? ''
  await runCommand('/bin/sh', ['-c', unpack.replace('python3', python).replace(/\S+\.whl/, wheel)], folder)
  writeFileSync(join(folder, 'first.py'), firstBlock(readme, 'python'))
  return await runCommand(python, ['first.py'], folder, {
    WEBHOOK_URL: `${origin}${path}`,
    ADMIN_API_KEY: adminKey,
  })
}

const firstBlock = (readme: string, language: string): string => {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(readme)?.[1]
  if (block === undefined) throw new Error(`Failed to find a block of ${language} in the README.`)
  return block.trim()
}
