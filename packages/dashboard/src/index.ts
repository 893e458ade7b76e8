export type { SignOuts } from './create-sessions.ts'
export { DashboardError, type DashboardErrorCode, isDashboardError } from './dashboard-error.ts'
export type { DashboardOptions } from './dashboard-options.ts'
export { webhookDashboard } from './webhook-dashboard.ts'
