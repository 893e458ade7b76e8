import type { CohortRow } from './cohorts-response.ts'

export const cohortColumns = ['from', 'to', 'tenants', 'periodsSince', 'tenantsActive', 'share']

/** A cohort as lines of a file: one for every entry of the triangle; what is not known is empty. */
export const toCohortRows = ({ active, ...cohort }: CohortRow) =>
  active.map(({ value, count, reason }, periodsSince) => ({
    ...cohort,
    periodsSince,
    tenantsActive: reason === null ? count : null,
    share: value,
  }))
