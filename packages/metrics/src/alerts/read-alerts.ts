import { type AlertOptions, alertOptionsSchema } from './alert-options.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** The variable of each option, for messages. */
const names: Record<string, string> = {
  'webhook.url': 'ALERT_WEBHOOK_URL',
  'webhook.signingSecret': 'ALERT_SIGNING_SECRET',
  emailCommand: 'ALERT_EMAIL_COMMAND',
  silentHours: 'ALERT_SILENT_HOURS',
  refusedShare: 'ALERT_REFUSED_SHARE',
  producers: 'ALERT_PRODUCERS',
  proofHours: 'ALERT_PROOF_HOURS',
  channelDrops: 'ALERT_CHANNEL_DROPS',
  language: 'ALERT_LANGUAGE',
}

/**
 * Reads from the environment who is alerted about what: `ALERT_WEBHOOK_URL`, with `ALERT_SIGNING_SECRET`, or `ALERT_EMAIL_COMMAND` (a
 * program and its arguments, separated by spaces). `ALERT_SILENT_HOURS`, `ALERT_REFUSED_SHARE`, `ALERT_PRODUCERS`,
 * `ALERT_PROOF_HOURS` and `ALERT_CHANNEL_DROPS` are `off` where one of the kinds is not wanted. `ALERT_LANGUAGE` is `en` or `fr`. A
 * secret that is set but blank is a problem: it never means unsigned.
 *
 * @returns the options, `false` where nobody is to be told; and a phrase for each problem, without any value.
 * @example
 * const { alerts, problems } = readAlerts(process.env)
 * if (problems.length > 0) throw new Error(problems.join('; '))
 * app.register(webhookMetrics, { database, adminKeys, marketingPropertyId, alerts })
 */
export const readAlerts = (
  variables: Variables,
): { alerts: AlertOptions | false; problems: readonly string[] } => {
  const read = (name: string): string | undefined => variables[name]?.trim() || undefined
  const url = read('ALERT_WEBHOOK_URL')
  const command = read('ALERT_EMAIL_COMMAND')
  if (url === undefined && command === undefined) return { alerts: false, problems: [] }
  const secrets = variables.ALERT_SIGNING_SECRET?.split(/[\s,]+/).filter((secret) => secret !== '')
  const alerts = {
    webhook: url === undefined ? undefined : { url, signingSecret: secrets?.length === 0 ? '' : secrets },
    emailCommand: command?.split(/\s+/),
    silentHours: numberOrOff(read('ALERT_SILENT_HOURS')),
    refusedShare: numberOrOff(read('ALERT_REFUSED_SHARE')),
    producers: switchOf(read('ALERT_PRODUCERS')),
    proofHours: numberOrOff(read('ALERT_PROOF_HOURS')),
    channelDrops: switchOf(read('ALERT_CHANNEL_DROPS')),
    language: read('ALERT_LANGUAGE'),
  } as AlertOptions
  const { error } = alertOptionsSchema.safeParse(alerts)
  const problems = (error?.issues ?? []).map(({ path, message }) =>
    path.length === 0
      ? 'ALERT_WEBHOOK_URL and ALERT_EMAIL_COMMAND are both set, expected one of them'
      : `${names[path.join('.')] ?? path.join('.')} ${message}`,
  )
  return { alerts, problems }
}

const numberOrOff = (text: string | undefined): number | false | undefined =>
  text?.toLowerCase() === 'off' ? false : text === undefined ? undefined : Number(text)

const switchOf = (text: string | undefined): unknown => {
  const word = text?.toLowerCase()
  return word === 'off' ? false : word === 'on' ? true : text
}
