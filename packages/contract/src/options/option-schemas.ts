import * as z from 'zod/mini'
import type { AnyContract } from '../events/define-contract.ts'
import { descriptionServiceContract } from '../events/description-service-contract.ts'
import { adminKeyProblem } from '../wire/admin-keys.ts'
import { parseSigningSecret, type SigningKey } from '../wire/signing-key.ts'
import { isSchemaName, maxNameBytes } from './schema-name.ts'

/** How a message shows a value: numbers as they are; text, which may be secret, only as `text`. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return value === '' ? 'empty' : 'text'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

// Even when an option is wrong, zod goes on to check the rules about several options.
const goOn = { abort: false }

const expected = (what: string) => ({
  ...goOn,
  error: ({ input }: { input?: unknown }) => `is ${shown(input)}, expected ${what}`,
})

/** A whole number, both ends included. */
export const wholeNumber = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z.custom<number>(
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    expected(
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
    ),
  )

/** Text that is not empty. */
export const text = () =>
  z.custom<string>((value) => typeof value === 'string' && value !== '', expected('text'))

/** The name of a PostgreSQL schema. */
export const schemaNameOption = (maxBytes: number = maxNameBytes) =>
  z.custom<string>((value) => isSchemaName(value, maxBytes), expected(`a name of 1 to ${maxBytes} bytes`))

/** One of several words. The message repeats what was given. */
export const oneOf = <const Choice extends string>(choices: readonly Choice[]) =>
  z.custom<Choice>((value) => choices.includes(value as Choice), {
    ...goOn,
    error: ({ input }) => {
      const given = typeof input === 'string' ? JSON.stringify(input) : shown(input)
      return `is ${given}, expected ${choices.map((choice) => `"${choice}"`).join(' or ')}`
    },
  })

/** Options of a feature that `false` turns off. */
export const falseOr = <Options extends z.core.$ZodType>(options: Options) =>
  z.union([z.literal(false), options], expected('false or an object'))

/** A function. */
export const callback = <Callback>() =>
  z.custom<Callback>((value) => typeof value === 'function', expected('a function'))

/** Something with methods: a pool, a logger. It is passed on as it is. */
export const withMethods = <Thing>(methods: readonly string[], what: string) =>
  z.custom<Thing>(
    (value) =>
      value !== null &&
      value !== undefined &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
    expected(what),
  )

/** Which address a request counts for. @default Fastify's `request.ip` */
export const clientAddressOption = <Request extends { ip: string }>() =>
  z._default(
    callback<(request: Request) => string>(),
    () =>
      ({ ip }: Request) =>
        ip,
  )

/** The clock. @default Date.now */
export const clock = () => z._default(callback<() => number>(), () => Date.now)

/** A contract. @default that of the description service */
export const contractOption = () =>
  z._default(
    z.custom<AnyContract>(
      (value) => typeof (value as AnyContract | null)?.events === 'object',
      expected('a contract made by defineContract'),
    ),
    () => descriptionServiceContract,
  )

/** A value that `read` makes from what is given. `read` calls `problem` with what is wrong, and with the index in a list. */
export const readOption = <Value>(
  read: (given: unknown, problem: (message: string, path?: number[]) => void) => Value,
) =>
  z.pipe(
    z.unknown(),
    z.transform(
      (given, { issues }): Value =>
        read(given, (message, path = []) => issues.push({ code: 'custom', message, path, input: given })),
    ),
  )

/** One key, which must be there. */
export const adminKeyOption = () =>
  readOption((given, problem): string => {
    const found = given === undefined || given === '' ? 'is missing' : adminKeyProblem(given as string)
    if (found !== undefined) problem(found)
    return given as string
  })

/** `AdminKeys` as a list of keys, without those that are undefined or empty. */
export const adminKeysOption = () =>
  z.prefault(
    readOption((given, problem): readonly string[] => {
      const keys: string[] = []
      for (const [index, key] of ([given ?? []].flat() as string[]).entries()) {
        if (key === undefined || key === '') continue
        const found = adminKeyProblem(key)
        if (found === undefined) keys.push(key)
        else problem(found, Array.isArray(given) ? [index] : [])
      }
      return keys
    }),
    [],
  )

/** Signing secrets, one or a list, read into keys. Empty text is refused: a secret is missing there. */
export const signingSecretsOption = () =>
  z.prefault(
    readOption((given, problem): readonly SigningKey[] =>
      [given ?? []].flat().flatMap((secret, index) => {
        try {
          return [parseSigningSecret(secret as string)]
        } catch {
          problem(
            'is not a signing secret, expected "whsec_" and base64 of 24 to 64 bytes',
            Array.isArray(given) ? [index] : [],
          )
          return []
        }
      }),
    ),
    [],
  )

/** The options that Fastify itself takes besides a plugin's own. */
export const registerOptions = {
  prefix: z.optional(z.unknown()),
  logLevel: z.optional(z.unknown()),
  logSerializers: z.optional(z.unknown()),
}

/** For a rule about several options: it is checked even when some of them are wrong, so that all problems are named. */
export const evenWhenOthersFail = {
  when: ({ value }: { value: unknown }): boolean => typeof value === 'object' && value !== null,
}
