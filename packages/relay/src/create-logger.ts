import { printable } from '@altcontext/webhook-contract/command-line'
import pino, { type Logger } from 'pino'

/**
 * Writes each line before going on: a slow reader slows the relay down instead of filling its memory. What steers a terminal is
 * escaped, as JSON allows it everywhere: an event's words can hold any character.
 */
export const createLogger = (level: string): Logger =>
  pino({ level, hooks: { streamWrite: printable } }, pino.destination({ dest: 1, sync: true }))
