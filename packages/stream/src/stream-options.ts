import { resolveOptions, text, wholeNumber } from '@altcontext/webhook-contract/options'
import type { NodeConnectionOptions } from '@nats-io/transport-node'
import * as z from 'zod/mini'
import { StreamError } from './stream-error.ts'

/** Where the broker is and how its streams are named: the same for producers and consumers. */
export interface StreamOptions {
  /** One server or several of a cluster: `nats://127.0.0.1:4222`, `tls://` for TLS. */
  servers: string | readonly string[]
  /** Credentials and TLS, as `@nats-io/transport-node` takes them. @default none */
  connection?: Omit<NodeConnectionOptions, 'servers'> | undefined
  /** The stream that holds the events; `<stream>_RECEIPTS` is beside it. Both are created if they do not exist. @default 'WEBHOOKS' */
  stream?: string | undefined
  /** The beginning of every subject: `<prefix>.<event type>.<tenant>`. @default 'webhooks' */
  prefix?: string | undefined
  /**
   * How many servers of a cluster hold a copy, used when the streams are created: 1 to 5. A single server needs 1. Existing
   * streams stay as they are. @default 3
   */
  replicas?: number | undefined
}

export interface ResolvedStreamOptions {
  servers: readonly string[]
  connection: Omit<NodeConnectionOptions, 'servers'>
  stream: string
  receiptsStream: string
  prefix: string
  receiptsPrefix: string
  replicas: number
}

export const streamDefaults = Object.freeze({ stream: 'WEBHOOKS', prefix: 'webhooks', replicas: 3 })

/** The name of a stream or a durable consumer, or the beginning of subjects. */
export const nameOption = () =>
  text().check(
    z.refine(
      (value) => /^[A-Za-z0-9_-]{1,64}$/.test(value),
      'is not a name, expected at most 64 letters, digits, _ and -',
    ),
  )

/** No message repeats any of it: the address may hold a password. */
const server = () =>
  text().check(
    z.refine(
      (value) => ['nats:', 'tls:'].includes(URL.parse(value)?.protocol ?? ''),
      'is not an address of a broker, expected nats://host:4222 or tls://host:4222',
    ),
  )

export const streamShape = {
  servers: z.pipe(
    z.transform((value) => (typeof value === 'string' ? [value] : value)),
    z.array(server()).check(z.minLength(1, 'is an empty list, expected at least one server')),
  ),
  connection: z._default(
    z.custom<Omit<NodeConnectionOptions, 'servers'>>((value) => typeof value === 'object'),
    {},
  ),
  stream: z._default(nameOption(), streamDefaults.stream),
  prefix: z._default(nameOption(), streamDefaults.prefix),
  replicas: z._default(wholeNumber(1, 5), streamDefaults.replicas),
}

export const streamNames = ({ stream, prefix }: { stream: string; prefix: string }) => ({
  receiptsStream: `${stream}_RECEIPTS`,
  receiptsPrefix: `${prefix}-receipts`,
})

/** @throws {StreamError} `invalid_options`, naming every problem at once */
export const resolveStreamOptions = <Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  purpose: string,
): z.output<Schema> =>
  resolveOptions(schema, input, {
    toError: (problems) =>
      new StreamError('invalid_options', `Failed to ${purpose}: ${problems}. Correct the options.`),
  })
