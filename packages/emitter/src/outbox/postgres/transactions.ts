import type { EmitterError } from '../../emitter-error.ts'
import { unsupportedTransaction } from '../../unsupported-transaction.ts'
import type { NewOutboxEvent } from '../outbox.ts'
import type { PostgresOutboxNames } from './migrations.ts'

/**
 * A transaction of the product that is under way, as its library passes it. It is recognised by its shape; none of the libraries
 * is imported.
 */
export type ProductTransaction =
  | PgTransaction
  | PrismaTransaction
  | DrizzleTransaction
  | KyselyTransaction
  | KnexTransaction

/** A client of `pg` (`pool.connect()`) after `BEGIN`. A pool is refused: each of its statements may take another connection. */
export interface PgTransaction {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>
  readonly totalCount?: never
}

/** What `prisma.$transaction(async (tx) => …)` passes. */
export interface PrismaTransaction {
  $queryRawUnsafe(query: string, ...values: unknown[]): PromiseLike<unknown>
  readonly $connect?: never
}

/** What drizzle's `db.transaction(async (tx) => …)` passes. */
export interface DrizzleTransaction {
  execute(query: string): PromiseLike<unknown>
  rollback(): never
}

/** What kysely's `db.transaction().execute(async (tx) => …)` passes, or a controlled transaction. */
export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery(query: KyselyQuery): Promise<unknown>
}

/** What knex's `knex.transaction(async (tx) => …)` passes. */
export interface KnexTransaction {
  raw(sql: string, bindings: readonly string[]): PromiseLike<unknown>
  isCompleted(): boolean
}

/** Kysely's `CompiledQuery.raw(sql, parameters)`, without kysely. */
interface KyselyQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly query: {
    readonly kind: 'RawNode'
    readonly sqlFragments: readonly string[]
    readonly parameters: readonly []
  }
  readonly queryId: { readonly queryId: string }
}

/**
 * Writes an event through `webhook_outbox_emit`. What the library throws is passed on as it is: the product's transaction has
 * failed, and the product's own code knows its library's errors.
 *
 * @throws {EmitterError} `unsupported_transaction`
 */
export const insertInTransaction = async (
  transaction: unknown,
  { emit }: Pick<PostgresOutboxNames, 'emit'>,
  event: NewOutboxEvent,
): Promise<void> => {
  const tx = knownTransaction(transaction)
  const [envelope, traceparent] = emitParameters(event)
  if ('executeQuery' in tx) {
    const sql = emitStatement(emit)
    await tx.executeQuery({
      sql,
      parameters: [envelope, traceparent],
      query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
      queryId: { queryId: event.id },
    })
  } else if ('isCompleted' in tx) {
    // To knex a question mark is a binding, even in a name.
    await tx.raw(emitStatement(emit.replaceAll('?', '\\?'), '?', '?'), [envelope, traceparent])
  } else if ('$queryRawUnsafe' in tx) {
    await tx.$queryRawUnsafe(emitStatement(emit), envelope, traceparent)
  } else if ('execute' in tx) {
    await tx.execute(emitStatement(emit, literal(envelope), literal(traceparent)))
  } else {
    await tx.query(emitStatement(emit), [envelope, traceparent])
  }
}

/** As text, because a product may have told its driver to write JSON in another way. */
export const emitStatement = (emit: string, envelope = '$1', traceparent = '$2'): string =>
  `SELECT ${emit}(${envelope}::text::jsonb, nullif(${traceparent}::text, ''))::text AS id`

export const emitParameters = ({ id, body, traceparent = '' }: NewOutboxEvent): [string, string] => [
  `{"id":"${id}",${body.slice(1)}`,
  traceparent,
]

/** Recognised by what it has, and by what only its library's pool or client has, which has no transaction. */
const knownTransaction = (transaction: unknown): ProductTransaction => {
  if ((typeof transaction !== 'object' && typeof transaction !== 'function') || transaction === null) {
    throw unsupported('it is not an object')
  }
  const tx = transaction as Record<string, unknown>
  const has = (name: string): boolean => typeof tx[name] === 'function'
  if (has('executeQuery')) {
    if (tx.isTransaction !== true) throw unsupported('it is kysely itself, outside any transaction')
  } else if (has('raw')) {
    if (!has('isCompleted')) throw unsupported('it is knex itself, outside any transaction')
  } else if (has('$queryRawUnsafe')) {
    if (has('$connect')) throw unsupported('it is the Prisma client itself, outside any transaction')
  } else if (has('execute')) {
    if (!has('rollback')) throw unsupported('it is drizzle’s database itself, outside any transaction')
  } else if (has('query')) {
    if ('totalCount' in tx) throw unsupported('it is a pool; pass the client that has said BEGIN')
    if (has('getTransactionStatus') && (tx as unknown as StatusOfPg).getTransactionStatus() === 'I') {
      throw unsupported('the client has no transaction; say BEGIN first, and wait for it')
    }
  } else {
    throw unsupported('its library is not known here')
  }
  return transaction as ProductTransaction
}

interface StatusOfPg {
  /** `I` is idle, as in PostgreSQL's ReadyForQuery message. */
  getTransactionStatus(): string | null
}

const unsupported = (problem: string): EmitterError =>
  unsupportedTransaction(`${problem}. Pass the transaction of pg, Prisma, drizzle, kysely or knex as \`tx\``)

/** Text without parameters, because drizzle takes parameters only with its own `sql`. Nothing in base64 can end a literal. */
const literal = (text: string): string =>
  `convert_from(decode('${Buffer.from(text).toString('base64')}', 'base64'), 'UTF8')`
