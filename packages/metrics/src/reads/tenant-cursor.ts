import { contractLimits } from '@altcontext/webhook-contract'
import { z } from 'zod'
import { invalidRequest, type MetricsError } from '../metrics-error.ts'
import { type TenantSortKey, tenantSortKeys } from '../responses/tenants-response.ts'
import { tenantOrders } from './tenant-order.ts'

/** The last tenant of a page, in an order: where the next page continues, whatever has come or gone before it. */
export interface TenantCursor {
  sort: TenantSortKey
  order: 'asc' | 'desc'
  /** What it is sorted by, as PostgreSQL writes it. */
  value: string | null
  tenantId: string
  /** To which customer of the host it belongs, '' without customers. */
  ownerId: string
}

export const writeTenantCursor = ({ sort, order, value, tenantId, ownerId }: TenantCursor): string =>
  Buffer.from(JSON.stringify([sort, order, value, tenantId, ownerId])).toString('base64url')

const withoutNul = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !text.includes('\0'))

const cursorSchema = z.tuple([
  z.enum(tenantSortKeys),
  z.enum(['asc', 'desc']),
  withoutNul(255).nullable(),
  withoutNul(contractLimits.maxTenantIdLength),
  withoutNul(36),
])

/** @throws {MetricsError} `invalid_request`, when it is not the cursor of a page in this order, or comes with an offset. */
export const readTenantCursor = (
  text: string,
  asked: Pick<TenantCursor, 'sort' | 'order'> & { offset: number },
): TenantCursor => {
  if (asked.offset > 0) throw refused('Expected none together with offset')
  const parsed = cursorSchema.safeParse(jsonOf(text))
  if (!parsed.success) throw refused('Expected page.next of an earlier response')
  const [sort, order, value, tenantId, ownerId] = parsed.data
  if (sort !== asked.sort || order !== asked.order) {
    throw refused(`Expected page.next of a response with sort=${asked.sort} and order=${asked.order}`)
  }
  if (tenantOrders[sort].type === 'numeric' && value !== null && !/^-?\d{1,100}(\.\d{1,100})?$/.test(value)) {
    throw refused('Expected page.next of an earlier response')
  }
  return { sort, order, value, tenantId, ownerId }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
}

const refused = (message: string): MetricsError =>
  invalidRequest('read the query', [{ path: 'after', message }])
