import type { ServiceUsageResponse } from '@altcontext/webhook-metrics'
import { expect, test } from 'vitest'
import { emptyStateOf } from './empty-state.ts'

const today = '2026-11-22'
const quiet = { tenantsCreated: 0, tenantsTooYoung: 0, marketingVisitors: 0, leadsCaptured: 0 }
const response = (changes: {
  funnel?: Partial<typeof quiet>
  scans?: number | null
  completeThrough?: string | null
  backlog?: number
  to?: string
}): ServiceUsageResponse => {
  const {
    funnel = {},
    scans = 0,
    completeThrough = `${today}T00:00:00.000Z`,
    backlog = 0,
    to = today,
  } = changes
  const metric = (value: number | null) => ({ value })
  return {
    window: { from: to, to },
    funnel: { ...quiet, ...funnel },
    freshness: { completeThrough, backlog },
    usage: {
      totalScansCompleted: metric(scans),
      totalScansFailed: metric(0),
      totalMediaProcessed: metric(0),
      totalIdentitiesDetected: metric(0),
      totalClustersCreated: metric(0),
    },
  } as ServiceUsageResponse
}

test('The kinds of emptiness are distinguished', () => {
  expect(emptyStateOf(response({}), 0, today)).toBe('never')
  expect(emptyStateOf(response({ completeThrough: null }), 0, today)).toBe('never')
  expect(emptyStateOf(response({ completeThrough: null, backlog: 2 }), 0, today)).toBe('notComputed')
  expect(emptyStateOf(response({ completeThrough: null }), 3, today)).toBe('notComputed')
  expect(emptyStateOf(response({}), 3, today)).toBe('range')
  expect(emptyStateOf(response({ to: '2024-11-21' }), 3, today)).toBe('retention')
  expect(emptyStateOf(response({ funnel: { tenantsCreated: 2, tenantsTooYoung: 2 } }), 3, today)).toBe(
    'tooLittle',
  )
})

test('Something is not empty: a scan, a visitor, or a tenant old enough', () => {
  expect(emptyStateOf(response({ scans: 1 }), 1, today)).toBeUndefined()
  expect(emptyStateOf(response({ funnel: { marketingVisitors: 1 } }), 0, today)).toBeUndefined()
  expect(
    emptyStateOf(response({ funnel: { tenantsCreated: 2, tenantsTooYoung: 1 } }), 2, today),
  ).toBeUndefined()
})
