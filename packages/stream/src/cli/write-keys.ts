import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSealingKeys, type SealingKey } from '../messages/sealing.ts'
import { StreamError } from '../stream-error.ts'

const publicName = 'sealing-key.public.json'
const privateName = 'sealing-key.private.json'

/**
 * Writes a new pair; the private one is its owner's alone. A file that is there is not replaced: what was sealed with it could never be
 * opened again.
 *
 * @returns what is to be printed
 * @throws {StreamError} `invalid_options`, for a file that is there
 */
export const writeKeys = async (folder: string): Promise<string> => {
  const { publicKey, privateKey } = await createSealingKeys()
  mkdirSync(folder, { recursive: true })
  write(join(folder, privateName), privateKey, 0o600)
  write(join(folder, publicName), publicKey, 0o644)
  return `${publicName} is for producers. ${privateName} is for consumers that link events to leads, and for nobody else.\n`
}

const write = (file: string, key: SealingKey, mode: number): void => {
  try {
    writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new StreamError(
      'invalid_options',
      `Failed to write keys: ${file} is there already. Name another folder with --out.`,
    )
  }
}
