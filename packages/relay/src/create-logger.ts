import { printable } from '@altcontext/webhook-contract/command-line'
import pino, { type Logger } from 'pino'

/**
 * Writes each line before going on: a slow reader slows the relay down instead of filling its memory. Characters that control a
 * terminal are escaped, which JSON allows everywhere: an event's text can hold any character.
 */
export const createLogger = (level: string): Logger =>
  pino({ level, hooks: { streamWrite: printable } }, pino.destination({ dest: 1, sync: true }))
