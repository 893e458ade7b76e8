import { createHash } from 'node:crypto'
import { sqlStateOf } from './database-fault.ts'

const names = new Map<string, string>()

/** A statement as `pg` takes it; with a name it is prepared, once per connection. */
export const prepareStatement = (
  text: string,
  params: readonly unknown[],
  isPrepared: boolean,
): { name?: string; text: string; values: unknown[] } => {
  const statement = { text, values: [...params] }
  return isPrepared ? { name: nameOf(text), ...statement } : statement
}

/** The same text has the same name on every connection, and nobody else's statement has it. */
const nameOf = (text: string): string => {
  const name =
    names.get(text) ?? `webhook_store_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
  names.set(text, name)
  return name
}

// Already prepared by a previous user of the connection; not prepared; prepared with different parameters.
const lostStates = new Set(['42P05', '26000', '08P01'])

/** Whether a proxy has given the statement to a connection other than the one on which it was prepared. */
export const isLostPreparedStatement = (error: unknown): boolean => lostStates.has(sqlStateOf(error) ?? '')
