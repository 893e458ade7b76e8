import { EmitterError } from './emitter-error.ts'

export const unsupportedTransaction = (problem: string): EmitterError =>
  new EmitterError('unsupported_transaction', `Failed to emit in a transaction: ${problem}.`)

export const noTransactions =
  'the outbox is not in a database of the product’s; give the emitter createPostgresOutbox()'
