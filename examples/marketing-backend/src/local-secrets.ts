import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const secretsSchema = z.object({ adminApiKey: z.string().min(24), ipHashPepper: z.string().min(16) })

export type LocalSecrets = z.output<typeof secretsSchema>

/** The key and the pepper of a local server: generated at the first start, kept for the next ones. */
export const localSecrets = async (dataDirectory: string): Promise<LocalSecrets> => {
  const file = join(dataDirectory, 'secrets.json')
  const kept = await readFile(file, 'utf8').then(parseJson, () => undefined)
  const known = secretsSchema.safeParse(kept)
  if (known.success) return known.data
  const secrets = {
    adminApiKey: randomBytes(24).toString('base64url'),
    ipHashPepper: randomBytes(24).toString('base64url'),
  }
  await mkdir(dataDirectory, { recursive: true })
  await writeFile(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 })
  return secrets
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
