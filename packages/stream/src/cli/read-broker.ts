import { readFileSync } from 'node:fs'
import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'
import { isPrivateKey, isPublicKey, type SealingKey } from '../messages/sealing.ts'
import { StreamError } from '../stream-error.ts'

export type StreamEnvironment = Readonly<Record<string, string | undefined>>

export const readText = (env: StreamEnvironment, name: string, flag?: string): string | undefined => {
  const given = (flag ?? env[name])?.trim()
  return given === '' ? undefined : given
}

/**
 * Servers and credentials. `NATS_URL` may hold several addresses, separated by commas.
 *
 * @throws {StreamError} `invalid_options`
 */
export const readBroker = (
  env: StreamEnvironment,
  flag?: string,
): { servers: string[]; connection: Omit<NodeConnectionOptions, 'servers'> } => {
  if (flag !== undefined && /\/\/[^/]*@/.test(flag)) {
    throw problem('--nats holds a name or a password, and command lines can be seen by other users')
  }
  const credentials = readText(env, 'NATS_CREDS')
  const user = readText(env, 'NATS_USER')
  const token = readText(env, 'NATS_TOKEN')
  const servers = readText(env, 'NATS_URL', flag)
  if (servers === undefined) throw problem('NATS_URL is missing, expected nats://host:4222')
  return {
    servers: servers
      .split(',')
      .map((server) => server.trim())
      .filter(Boolean),
    connection: {
      ...(credentials === undefined
        ? {}
        : { authenticator: credsAuthenticator(readFile('NATS_CREDS', credentials)) }),
      ...(user === undefined ? {} : { user, pass: env.NATS_PASSWORD ?? '' }),
      ...(token === undefined ? {} : { token }),
    },
  }
}

/** @throws {StreamError} `invalid_options`, for a file that cannot be read or holds no such key */
export const readKey = (name: string, path: string, kind: 'public' | 'private'): SealingKey => {
  let key: unknown
  try {
    key = JSON.parse(new TextDecoder().decode(readFile(name, path)))
  } catch (error) {
    if (error instanceof StreamError) throw error
  }
  const isRight = kind === 'public' ? isPublicKey : isPrivateKey
  if (isRight(key)) return key
  throw problem(`${name} names a file that holds no ${kind} key of "webhook-stream keys"`)
}

export const readFile = (name: string, path: string): Uint8Array => {
  try {
    return readFileSync(path)
  } catch {
    throw problem(`${name} names a file that cannot be read`)
  }
}

export const problem = (what: string): StreamError =>
  new StreamError(
    'invalid_options',
    `Failed to read the settings of the stream: ${what}. Correct the flags or environment variables.`,
  )
