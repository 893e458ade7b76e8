/** An event of a round. Each has a different time, because the id of an event without one is computed from type, tenant and time. */
export const scanCompleted = (round: string, number: number, tenantId = round) => ({
  eventType: 'scan.completed',
  tenantId,
  occurredAt: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
  payload: { jobId: `${round}-${number}`, mediaCount: 1, identitiesDetected: 2, durationMs: 3 },
})
