import { StoreError } from '../store-error.ts'
import type { Database, LeadScope } from './database.ts'

/**
 * The same database for one customer of the host: what is written belongs to that customer, and no row of another is read.
 *
 * @throws {StoreError} `invalid_lead_scope` when `tenantId` is not a UUID.
 */
export const inLeadScope = (database: Database, leadScope: LeadScope): Database => {
  const problem = leadScopeProblem(leadScope)
  if (problem !== undefined) {
    throw new StoreError('invalid_lead_scope', `Failed to read whose rows these are: ${problem}.`)
  }
  const scope = Object.freeze({ tenantId: leadScope.tenantId.toLowerCase() })
  return database.withLeadScope?.(scope) ?? { ...database, leadScope: scope }
}

/** What is wrong with a scope, as the end of a sentence. */
export const leadScopeProblem = (leadScope: unknown): string | undefined => {
  const tenantId = (leadScope as { tenantId?: unknown } | null | undefined)?.tenantId
  if (typeof tenantId === 'string' && uuid.test(tenantId)) return undefined
  return `leadScope.tenantId is ${typeof tenantId === 'string' ? 'not a UUID' : 'missing'}. Give the customer's tenant_id in the host's tables`
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whose rows are meant: always those of one customer, or those of the customer that a request is for. */
export type LeadScopeOf<Request> = LeadScope | ((request: Request) => LeadScope | Promise<LeadScope>)

/**
 * The database of the customer that a request is for, or the given one where the host has no customers.
 *
 * @throws {StoreError} `invalid_lead_scope`; `context_failed`, whose cause is what the function threw.
 */
export const databaseFor = async <Request>(
  database: Database,
  leadScope: LeadScopeOf<Request> | undefined,
  request: Request,
): Promise<Database> => {
  if (leadScope === undefined) return database
  return inLeadScope(database, await leadScopeFor(leadScope, request))
}

/** @throws {StoreError} `context_failed`, with what the function threw as its cause. */
export const leadScopeFor = async <Request>(
  leadScope: LeadScopeOf<Request>,
  request: Request,
): Promise<LeadScope> => {
  if (typeof leadScope !== 'function') return leadScope
  try {
    return await leadScope(request)
  } catch (cause) {
    throw new StoreError(
      'context_failed',
      'Failed to find the customer that a request is for: leadScope threw. Correct it, or the key that the request came with; the cause is what it threw.',
      { cause },
    )
  }
}

/** `owner_id` of the bridge's rows: the customer they belong to, or nothing where the host has none. */
export const ownerOf = ({ leadScope }: Database): string => leadScope?.tenantId ?? ''
