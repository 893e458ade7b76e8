import pino, { type Logger } from 'pino'

/** Writes each line before going on: a slow reader slows the relay down instead of filling its memory. */
export const createLogger = (level: string): Logger =>
  pino({ level }, pino.destination({ dest: 1, sync: true }))
