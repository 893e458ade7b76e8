import { createRandom, type Random } from './create-random.ts'
import { type PlannedProductEvent, planTenant } from './tenant-plan.ts'
import { type PlannedVisitor, planVisitor } from './visit-plan.ts'

export interface History {
  visitors: PlannedVisitor[]
  productEvents: PlannedProductEvent[]
  tenantIds: string[]
}

const seed = 20_260_213
/** Longer than two default windows of 30 days, so that a comparison has something to compare with. */
export const historyDays = 75
const dayMs = 86_400_000

/** The same {@link historyDays} days every time, ending at `until`: visitors, the leads among them, and the tenants of some. */
export const planHistory = (until: Date): History => {
  const random = createRandom(seed)
  const start = until.getTime() - historyDays * dayMs
  const visitors: PlannedVisitor[] = []
  for (let day = 0; day < historyDays; day += 1) {
    // A site that grows, and sleeps at weekends.
    const weekday = day % 7 < 5 ? 1 : 0.5
    const count = Math.round((5 + day / 8) * weekday * (0.7 + random.next() * 0.6))
    for (let index = 0; index < count; index += 1) {
      // The last quarter of an hour stays free, so that nothing is planned for the future.
      const at = new Date(start + day * dayMs + random.next() * (dayMs - 900_000))
      visitors.push(planVisitor(random, visitors.length + 1, at))
    }
  }
  const tenants = planTenants(random, visitors, until)
  const productEvents = tenants
    .flatMap((tenant) => planTenant(random, tenant, until))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return { visitors, productEvents, tenantIds: tenants.map(({ tenantId }) => tenantId) }
}

const planTenants = (random: Random, visitors: readonly PlannedVisitor[], until: Date) => {
  const leads = visitors.flatMap(({ lead }) => (lead ? [lead] : []))
  const fromLeads = leads
    .filter(() => random.chance(0.45))
    .map(({ email, at }) => ({
      tenantId: random.uuid(),
      // The product does not normalise addresses: matching must not depend on their spelling.
      email: random.chance(0.5) ? email : ` ${email.toUpperCase()} `,
      createdAt: new Date(at.getTime() + random.integer(1, 72) * 3_600_000),
    }))
  const fromElsewhere = Array.from({ length: 6 }, (_, index) => ({
    tenantId: random.uuid(),
    email: `owner-${index + 1}@unrelated-${index + 1}.example`,
    createdAt: new Date(until.getTime() - random.integer(1, historyDays - 5) * dayMs),
  }))
  return [...fromLeads, ...fromElsewhere].filter(({ createdAt }) => createdAt <= until)
}
