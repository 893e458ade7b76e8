interface Welcome {
  origin: string
  /** Shown only when this server made it up; one that came from the environment does not belong on a screen. */
  generatedAdminKey: string | undefined
  hasSite: boolean
}

/** What a person needs first: the address, the key and three requests to paste. */
export const welcome = ({ origin, generatedAdminKey, hasSite }: Welcome): string => {
  const key = generatedAdminKey ?? '$ADMIN_API_KEY'
  const now = new Date().toISOString()
  const event = JSON.stringify({
    eventType: 'scan.completed',
    tenantId: 'tenant-from-curl',
    occurredAt: now,
    payload: { jobId: 'job-1', mediaCount: 20, identitiesDetected: 63, durationMs: 3200 },
  })
  return `
Marketing backend   ${origin}/   (routes: ${origin}/docs${hasSite ? `, site: ${origin}/site/` : ''})
Dashboard           ${origin}/dashboard/
Admin key           ${generatedAdminKey ?? 'the one in ADMIN_API_KEY'}

Send an event, read the usage, read the funnel:
  curl -X POST ${origin}/v1/webhooks/description-service -H "x-admin-key: ${key}" -H 'content-type: application/json' -d '${event}'
  curl -H "x-admin-key: ${key}" '${origin}/v1/metrics/service-usage?compareTo=true'
  curl -H "x-admin-key: ${key}" '${origin}/v1/metrics/summary?includeFunnel=true'
`
}
