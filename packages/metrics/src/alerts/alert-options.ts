import {
  evenWhenOthersFail,
  falseOr,
  oneOf,
  signingSecretsOption,
  wholeNumber,
} from '@altcontext/webhook-contract/options'
import { z } from 'zod'
import { refusedShare } from '../reads/traffic-part.ts'
import { parseSecureUrl } from '../secure-url.ts'

/** Who is alerted, and about what. Give `webhook` or `emailCommand`. */
export interface AlertOptions {
  /**
   * Where they are posted: `https:`, or `http:` to loopback. Any 2xx counts as delivered. With secrets (`whsec_...`) every message is
   * signed as Standard Webhooks defines it, like all webhooks of the bridge; give two during a rotation.
   */
  webhook?: { url: string | URL; signingSecret?: string | readonly string[] | undefined } | undefined
  /**
   * A program and its arguments, run without a shell; the message is its standard input, with a subject:
   * `['sendmail', 'ops@example.com']`.
   */
  emailCommand?: readonly string[] | undefined
  /** After how many hours without an arrival. `false` turns this kind off. @default 24 */
  silentHours?: number | false | undefined
  /** More than this share of the last 24 hours was refused. `false` turns this kind off. @default 0.01 */
  refusedShare?: number | false | undefined
  /** A durable outbox sends no heartbeats any more, or its clock is wrong. @default true */
  producers?: boolean | undefined
  /**
   * A durable outbox knows of events that never arrived, or has not proven for this many hours what did. Give more than its
   * `reconcileIntervalMs`. `false` turns both kinds off. @default 24
   */
  proofHours?: number | false | undefined
  /** A channel brought fewer visitors or tenants than that weekday explains. @default true */
  channelDrops?: boolean | undefined
  /** The language of the sentences. @default 'en' */
  language?: 'en' | 'fr' | undefined
}

export type AlertOptionsResolved = z.output<typeof alertOptionsSchema>

const expected = (what: string) => ({ abort: false, error: `is wrong, expected ${what}` })

export const alertOptionsSchema = z
  .strictObject({
    webhook: z
      .strictObject({
        url: z.custom<string | URL>((value) => {
          const url = parseSecureUrl(value)
          return url !== undefined && url.username === '' && url.password === ''
        }, expected('an https address without user and password (http is allowed to loopback only)')),
        signingSecret: z
          .custom<string | readonly string[]>(
            (value) => signingSecretsOption().safeParse(value).success,
            expected('one or more signing secrets, "whsec_" and base64 of 24 to 64 bytes'),
          )
          .optional(),
      })
      .optional(),
    emailCommand: z
      .custom<readonly string[]>(
        (value) =>
          Array.isArray(value) &&
          value.length > 0 &&
          value.every((word) => typeof word === 'string' && word !== ''),
        expected('a program and its arguments, as a list of texts'),
      )
      .optional(),
    silentHours: z.union([z.literal(false), wholeNumber(1, 24 * 90)]).default(24),
    refusedShare: z
      .custom<number | false>(
        (value) => value === false || (typeof value === 'number' && value >= 0 && value < 1),
        expected('a share from 0 to below 1, or false'),
      )
      .default(refusedShare),
    producers: z.boolean().default(true),
    proofHours: z.union([z.literal(false), wholeNumber(1, 24 * 90)]).default(24),
    channelDrops: z.boolean().default(true),
    language: z._default(oneOf(['en', 'fr']), 'en'),
  } satisfies Record<keyof AlertOptions, z.core.$ZodType>)
  .refine(({ webhook, emailCommand }) => (webhook === undefined) !== (emailCommand === undefined), {
    ...evenWhenOthersFail,
    error: 'give either webhook or emailCommand',
  })

export const alertsOption = () => z._default(falseOr(alertOptionsSchema), false)
