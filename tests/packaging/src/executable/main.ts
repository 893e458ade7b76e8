import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readCommandLine } from '../../../../scripts/read-command-line.ts'
import { root } from '../public-packages.ts'
import { buildExecutable } from './build-executable.ts'
import { smokeExecutable } from './smoke-executable.ts'

const { positionals } = readCommandLine({
  usage: `Usage: npm run executable -- [FILE]

Makes the relay as one file for this machine, and tries it. FILE: .cache/executable/webhook-relay
`,
  options: {},
  maxPositionals: 1,
})
const [out = join(root, '.cache/executable/webhook-relay')] = positionals
const file = resolve(out)
const folder = mkdtempSync(join(tmpdir(), 'webhook-relay-executable-'))
try {
  await buildExecutable(file)
  await smokeExecutable(file, folder)
  const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MiB`
  const { size } = statSync(file)
  console.log(
    `${file} (${process.platform} ${process.arch}): serves, survives kill -9, delivers and stops; ${mebibytes(size)}, ${mebibytes(gzipSync(readFileSync(file)).length)} with gzip`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
