import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSealingKeys, type SealingKey } from '../messages/sealing.ts'
import { StreamError } from '../stream-error.ts'

const publicName = 'sealing-key.public.json'
const privateName = 'sealing-key.private.json'

/**
 * Writes a new pair of keys; only the owner of the file can read the private one. An existing file is never replaced: what was sealed with its key could not
 * be opened any more.
 *
 * @returns what to print
 * @throws {StreamError} `invalid_options`, for a file that exists
 */
export const writeKeys = async (folder: string): Promise<string> => {
  const { publicKey, privateKey } = await createSealingKeys()
  mkdirSync(folder, { recursive: true })
  write(join(folder, privateName), privateKey, 0o600)
  write(join(folder, publicName), publicKey, 0o644)
  return `${publicName} is for producers. ${privateName} is only for consumers that link events to leads.
`
}

const write = (file: string, key: SealingKey, mode: number): void => {
  try {
    writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new StreamError(
      'invalid_options',
      `Failed to write keys: ${file} already exists. Name another folder with --out.`,
    )
  }
}
