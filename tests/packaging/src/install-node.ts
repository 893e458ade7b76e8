import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'

/** Installs a version of Node from npm into a folder and returns its program. */
export function installNode(version: string, folder: string): string {
  // What the package "node" would install by a script of its own; this way no script runs.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${process.platform}-${process.arch}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  runCommand('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `${name}@${version}`], folder)
  const program = join(folder, 'node_modules', name, 'bin/node')
  const found = runCommand(program, ['--version'], folder).trim()
  if (found !== `v${version}`) throw new Error(`Failed to install Node ${version}: got ${found}.`)
  return program
}
