import { z } from 'zod'
import { type LeadScopeOf, leadScopeProblem } from './lead-scope.ts'

/** An option of a plugin: one customer of the host, or a function that names the customer of a request. */
export const leadScopeOption = <Request>() =>
  z.custom<LeadScopeOf<Request>>(
    (value) => typeof value === 'function' || leadScopeProblem(value) === undefined,
    {
      abort: false,
      error:
        "is not a customer, expected { tenantId } with the customer's UUID in the host's tables, or a function of the request",
    },
  )
