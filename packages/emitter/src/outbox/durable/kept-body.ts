import type { AnyContract } from '@altcontext/webhook-contract'
import { quoteLiteral } from './quote-literal.ts'

/**
 * SQL: what is kept of the body of a delivered event. An event of a type that the contract does not know may hold anything
 * private, so nothing of it is kept.
 *
 * @param without - SQL for a body without some fields of its payload
 */
export const keptBodySql = (
  contract: AnyContract,
  row: string,
  without: (body: string, fields: readonly string[]) => string,
): string => {
  const body = `${row}.body`
  const kept = Object.entries(contract.events).map(([type, { privateFields = [] }]) => {
    return `WHEN ${quoteLiteral(type)} THEN ${privateFields.length === 0 ? body : without(body, privateFields)}`
  })
  return `CASE ${row}.event_type ${kept.join(' ')} END`
}
