import type { Arrival } from './arrivals.ts'
import type { Random } from './create-random.ts'
import { organisationName } from './organisation-name.ts'

/** One page view, as the site's beacon sends it. */
export interface PlannedPage {
  at: Date
  path: string
  referrer?: string
  utm?: { source?: string; medium?: string; campaign?: string }
}

/** One person who came by. */
export interface PlannedVisitor {
  anonId: string
  /** From the ranges reserved for documentation. */
  ipAddress: string
  arrival: Arrival
  pages: PlannedPage[]
  /** Set for visitors who left their address. */
  lead?: { email: string; organisation: string; at: Date }
}

const pages = ['/', '/pricing', '/how-it-works', '/accessibility', '/privacy']
const givenNames = ['ada', 'grace', 'edith', 'alan', 'katherine', 'tim', 'radia', 'linus', 'barbara', 'ken']

interface VisitSeed {
  arrival: Arrival
  /** Distinguishes visitors. */
  serial: number
  at: Date
}

/** Makes up one visitor who arrives at `at`. */
export const planVisitor = (random: Random, { arrival, serial, at }: VisitSeed): PlannedVisitor => {
  const isLead = random.chance(arrival.leadRate)
  // Visitors who read more leave an address more often.
  const count = isLead ? random.pick([1, 2, 2, 3]) : random.pick([1, 1, 1, 2])
  let moment = at.getTime()
  const visited = Array.from({ length: count }, (_, index): PlannedPage => {
    if (index > 0) moment += random.integer(15, 240) * 1_000
    return {
      at: new Date(moment),
      path: index === 0 ? '/' : random.pick(pages),
      ...(index === 0 ? arrival.first : {}),
    }
  })
  const organisation = organisationName(serial)
  return {
    anonId: `sample-${String(serial).padStart(6, '0')}`,
    ipAddress: `203.0.113.${random.integer(1, 254)}`,
    arrival,
    pages: visited,
    ...(isLead && {
      lead: {
        email: `${random.pick(givenNames)}@${organisation}.example`,
        organisation,
        at: new Date(moment + 45_000),
      },
    }),
  }
}
