import type { AlertOptionsResolved } from './alert-options.ts'
import type { AlertMessage } from './send-alert.ts'

type Language = AlertOptionsResolved['language']

const words = {
  en: { over: 'Over: ', customer: 'Customer', since: 'Since', until: 'until' },
  fr: { over: 'Terminé : ', customer: 'Client', since: 'Depuis le', until: 'jusqu’au' },
} as const

/** A message in the format of RFC 5322, without `To` and `From`: the program has them from its arguments and its settings. */
export const toMail = (
  { message: { moment, endedAt, startedAt }, title, payload }: AlertMessage,
  language: Language,
): string => {
  const { kind, customer, sentence } = payload
  const { over, customer: of, since, until } = words[language]
  const times = [
    `${since} ${instant(startedAt, language)}`,
    ...(endedAt === null ? [] : [`${until} ${instant(endedAt, language)}`]),
  ].join(' ')
  return [
    `Subject: ${encoded(`[webhooks] ${moment === 'start' ? '' : over}${title}`)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    'Auto-Submitted: auto-generated',
    '',
    sentence,
    '',
    `${times} UTC (${kind})`,
    ...(customer === null ? [] : [`${of}: ${customer}`]),
    '',
  ].join('\n')
}

const instant = (at: Date, language: Language): string =>
  at.toLocaleString(language === 'en' ? 'en-GB' : 'fr-FR', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })

/** As RFC 2047 requires: no letter beyond ASCII in a header, and no encoded word longer than 75 characters. */
const encoded = (text: string): string => {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const parts: string[] = ['']
  for (const letter of text) {
    const last = parts.length - 1
    if (Buffer.byteLength(`${parts[last]}${letter}`) > maxBytes) parts.push(letter)
    else parts[last] += letter
  }
  return parts.map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\n ')
}

/** 60 letters of base64, and 12 around them. */
const maxBytes = 45
