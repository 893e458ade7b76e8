import { readFileSync } from 'node:fs'
import { readSecretFiles } from '@altcontext/webhook-contract/command-line'
import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'
import { isPrivateKey, isPublicKey, type SealingKey } from '../messages/sealing.ts'
import { StreamError } from '../stream-error.ts'

export type StreamEnvironment = Readonly<Record<string, string | undefined>>

export const readText = (env: StreamEnvironment, name: string, flag?: string): string | undefined => {
  const given = (flag ?? env[name])?.trim()
  return given === '' ? undefined : given
}

/** Text as it comes from flags; missing values are taken from the environment. */
export interface BrokerFlags {
  nats?: string | undefined
  stream?: string | undefined
  prefix?: string | undefined
  replicas?: string | undefined
}

/** Variables that may hold a secret: `<name>_FILE` is the path of a file that holds it instead. */
const secretNames = ['NATS_URL', 'NATS_PASSWORD', 'NATS_TOKEN', 'DATABASE_URL']

/** @throws {StreamError} `invalid_options`, for a file that cannot be read, and for a secret that is given twice */
export const readSecrets = (env: StreamEnvironment): StreamEnvironment =>
  readSecretFiles(env, secretNames, problem)

/**
 * Servers, credentials and the names of the streams. `NATS_URL` may hold several addresses, separated by commas.
 *
 * @throws {StreamError} `invalid_options`
 */
export const readBroker = (flags: BrokerFlags, env: StreamEnvironment) => {
  if (flags.nats !== undefined && /\/\/[^/]*@/.test(flags.nats)) {
    throw problem(
      '--nats holds a user name or a password, and other users can see command lines; give it in NATS_URL, or in NATS_USER and NATS_PASSWORD',
    )
  }
  const credentials = readText(env, 'NATS_CREDS')
  const user = readText(env, 'NATS_USER')
  const token = readText(env, 'NATS_TOKEN')
  const servers = readText(env, 'NATS_URL', flags.nats)
  if (servers === undefined) throw problem('NATS_URL is missing, expected nats://host:4222')
  const connection: Omit<NodeConnectionOptions, 'servers'> = {
    ...(credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(readFile('NATS_CREDS', credentials)) }),
    ...(user === undefined ? {} : { user, pass: env.NATS_PASSWORD ?? '' }),
    ...(token === undefined ? {} : { token }),
  }
  return {
    servers: servers
      .split(',')
      .map((server) => server.trim())
      .filter(Boolean),
    connection,
    stream: readText(env, 'STREAM_NAME', flags.stream),
    prefix: readText(env, 'STREAM_PREFIX', flags.prefix),
    replicas: readReplicas(readText(env, 'STREAM_REPLICAS', flags.replicas)),
  }
}

const readReplicas = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^[1-5]$/.test(text)) return Number(text)
  throw problem(`STREAM_REPLICAS is "${text}", expected a whole number from 1 to 5`)
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
