import type { FastifyRequest } from 'fastify'
import type { Pool } from 'pg'
import type { Environment } from './server.js'

/**
 * The customer whose admin sends the request, found in one of three ways: the server's own key, a customer's key with the scope
 * `admin`, or the cookie of a session of the dashboard.
 */
export const findAdmin = async (
  request: FastifyRequest,
  pool: Pool,
  { adminApiKey, bootstrapTenantId }: Environment,
): Promise<string | undefined> => {
  if (request.headers['x-admin-key'] === adminApiKey) return bootstrapTenantId
  const session = /session=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
  const { rows } = await pool.query<{ tenant_id: string }>(
    `SELECT tenant_id FROM tenant_api_keys WHERE key = $1 AND 'admin' = ANY(scopes)
     UNION ALL SELECT tenant_id FROM dashboard_sessions WHERE token = $2`,
    [request.headers['x-api-key'], session],
  )
  return rows[0]?.tenant_id
}
