import { arrivals } from './arrivals.ts'
import { createRandom } from './create-random.ts'
import { type PlannedProductEvent, planTenant, type TenantSeed } from './tenant-plan.ts'
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

/** The UTC day on which a history that is first played at `now` begins. */
export const firstDayOf = (now: Date): Date =>
  new Date(Math.floor(now.getTime() / dayMs) * dayMs - historyDays * dayMs)

/**
 * Everything that happens from `firstDay` to `until`: visitors, the leads among them, and the tenants of some. It is the same every
 * time: a later `until` only adds events at the end.
 */
export const planHistory = (firstDay: Date, until: Date): History => {
  const visitors: PlannedVisitor[] = []
  for (let day = 0; firstDay.getTime() + day * dayMs <= until.getTime(); day += 1) {
    for (const { arrival, at } of arrivalsOf(day, firstDay)) {
      const serial = visitors.length + 1
      visitors.push(planVisitor(createRandom(seed + serial * 7919), { arrival, serial, at }))
    }
  }
  const tenants = visitors.flatMap((visitor, index) => tenantsOf(visitor, index, until))
  const productEvents = tenants
    .flatMap((tenant) => planTenant(createRandom(seed + tenant.visitor * 104_729), tenant, until))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  return {
    visitors: visitors.filter(({ pages }) => pages.every(({ at }) => at <= until)).map(leadUntil(until)),
    productEvents,
    tenantIds: tenants.map(({ tenantId }) => tenantId),
  }
}

/** The visitors of a day, in order: the site grows, and is quiet at weekends and at night. */
const arrivalsOf = (day: number, firstDay: Date) => {
  const random = createRandom(seed + day * 31)
  const start = firstDay.getTime() + day * dayMs
  const weekday = new Date(start).getUTCDay()
  const level = (weekday === 0 || weekday === 6 ? 0.45 : 1) * Math.min(1, 0.45 + day / 90)
  return arrivals
    .flatMap((arrival) => {
      const isNew = day < arrival.sinceDay
      const expected = isNew ? 0 : arrival.visitorsPerDay * level * (0.75 + random.next() / 2)
      const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0)
      return Array.from({ length: count }, () => {
        // Most come around two in the afternoon.
        const hour = 24 * (0.58 + (random.next() + random.next() - 1) * 0.4)
        return { arrival, at: new Date(start + hour * 3_600_000) }
      })
    })
    .sort((a, b) => a.at.getTime() - b.at.getTime())
}

const leadUntil =
  (until: Date) =>
  ({ lead, ...visitor }: PlannedVisitor): PlannedVisitor =>
    lead && lead.at <= until ? { ...visitor, lead } : visitor

/** Every 60th visitor knows somebody who needs no form: a tenant without a lead. */
const tenantsOf = ({ arrival, lead, pages }: PlannedVisitor, index: number, until: Date): TenantSeed[] => {
  const random = createRandom(seed + index * 15_485_863)
  const at = lead?.at ?? pages[0]?.at ?? until
  const createdAt = new Date(at.getTime() + random.integer(10, 30 * 60) * 60_000)
  const isCreated = lead === undefined ? index % 60 === 59 : random.chance(arrival.tenantRate)
  if (!isCreated || createdAt > until) return []
  const tenantId = lead?.organisation ?? `partner-${Math.floor(index / 60) + 1}`
  const email = lead?.email ?? `owner@${tenantId}.example`
  return [
    // The product does not normalise addresses: matching must not depend on their spelling.
    {
      visitor: index,
      tenantId,
      createdAt,
      rates: arrival,
      email: random.chance(0.5) ? email : ` ${email.toUpperCase()} `,
    },
  ]
}
