import { execFile } from 'node:child_process'
import type { AlertMessage, SendAlert } from './send-alert.ts'

const timeoutMs = 30_000

/** By a program that takes a message with its headers on standard input, as `sendmail` does. */
export const sendByCommand = ([program = '', ...args]: readonly string[]): SendAlert => {
  const stopping = new AbortController()
  return {
    send: (message) =>
      new Promise((resolve) => {
        const child = execFile(
          program,
          args,
          { timeout: timeoutMs, signal: stopping.signal },
          // Neither its arguments nor what it says is repeated: both hold addresses.
          (error) => resolve(error === null ? undefined : problemOf(error)),
        )
        // A program that does not read its input may do so.
        child.stdin?.on('error', () => {})
        child.stdin?.end(toMail(message))
      }),
    close: async () => stopping.abort(),
  }
}

const problemOf = ({ code, killed }: { code?: unknown; killed?: boolean }): string => {
  if (killed === true) return `the command took longer than ${timeoutMs / 1000} s`
  return typeof code === 'number'
    ? `the command ended with exit code ${code}`
    : `the command did not start (${code})`
}

const toMail = ({ message: { moment }, payload }: AlertMessage): string => {
  const { kind, subject, customer, sentence, startedAt } = payload
  const about = [kind, subject, customer ?? ''].filter((word) => word !== '').join(', ')
  return [
    `Subject: ${encoded(`[webhooks] ${moment === 'start' ? '' : '✓ '}${about}`)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    'Auto-Submitted: auto-generated',
    '',
    sentence,
    '',
    `${kind} · ${startedAt}`,
    '',
  ].join('\n')
}

/** After RFC 2047: no line break and no letter beyond ASCII in a header. */
const encoded = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? text
    : `=?utf-8?B?${Buffer.from(text.replace(/\s+/g, ' ')).toString('base64')}?=`
