import { spawn } from 'node:child_process'
import type { AlertOptionsResolved } from './alert-options.ts'
import type { SendAlert } from './send-alert.ts'
import { toMail } from './to-mail.ts'

const timeoutMs = 30_000

/** Sends with a program that takes a message with its headers on standard input, as `sendmail` does. */
export const sendByCommand = (
  [program = '', ...args]: readonly string[],
  language: AlertOptionsResolved['language'],
): SendAlert => {
  const stopping = new AbortController()
  return {
    send: (message) =>
      new Promise((resolve) => {
        const child = spawn(program, args, {
          // Nobody reads its output, and like its arguments it holds addresses.
          stdio: ['pipe', 'ignore', 'ignore'],
          timeout: timeoutMs,
          // A program that catches SIGTERM would keep us waiting.
          killSignal: 'SIGKILL',
          signal: stopping.signal,
        })
        child.on('error', (error: NodeJS.ErrnoException) => {
          // A program that has started is over when it has exited.
          if (child.pid === undefined) resolve(`the command did not start (${error.code ?? error.name})`)
        })
        child.on('exit', (code) => resolve(code === 0 ? undefined : problemOf(code)))
        // A program may leave its input unread.
        child.stdin.on('error', () => {})
        child.stdin.end(toMail(message, language))
      }),
    close: async () => stopping.abort(),
  }
}

const problemOf = (code: number | null): string =>
  code === null
    ? `the command was killed, or took longer than ${timeoutMs / 1000} s`
    : `the command ended with exit code ${code}`
