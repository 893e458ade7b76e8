interface Welcome {
  origin: string
  /** Without one, the routes that need it respond with 503. */
  hasAdminKey: boolean
  /** Shown only when this server has generated it; a key from the environment does not belong on a screen. */
  generatedAdminKey: string | undefined
  /** The address of the embedded PostgreSQL: its port differs at every start. An address from the environment does not belong here. */
  embeddedDatabaseUrl: string | undefined
  hasSite: boolean
}

/** The first things that a person needs: the address, the key and three requests to paste. */
export const welcome = ({
  origin,
  hasAdminKey,
  generatedAdminKey,
  embeddedDatabaseUrl,
  hasSite,
}: Welcome): string => {
  const key = generatedAdminKey ?? '$ADMIN_API_KEY'
  const givenKey = hasAdminKey
    ? 'the one in ADMIN_API_KEY'
    : 'none: set ADMIN_API_KEY (24 characters or more)'
  const now = new Date().toISOString()
  const event = JSON.stringify({
    eventType: 'scan.completed',
    tenantId: 'tenant-from-curl',
    occurredAt: now,
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  })
  return `
Marketing backend   ${origin}/   (routes: ${origin}/docs${hasSite ? `, site: ${origin}/site/` : ''})
Dashboard           ${origin}/v1/dashboard/
Admin key           ${generatedAdminKey ?? givenKey}
Database            ${embeddedDatabaseUrl ?? 'the one in DATABASE_URL'}

Send an event, read the usage, read the funnel:
  curl -X POST ${origin}/v1/webhooks/description-service -H "x-admin-key: ${key}" -H 'content-type: application/json' -d '${event}'
  curl -H "x-admin-key: ${key}" '${origin}/v1/metrics/service-usage?compareTo=true'
  curl -H "x-admin-key: ${key}" '${origin}/v1/metrics/summary?includeFunnel=true'
`
}
