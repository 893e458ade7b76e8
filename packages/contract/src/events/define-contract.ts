import type * as z from 'zod/mini'
import { ContractError } from '../contract-error.ts'
import { contractLimits } from '../contract-limits.ts'
import { toEventIssues } from './event-issue.ts'
import { safeParse } from './safe-parse.ts'

type FieldOf<Payload extends z.core.$ZodObject> = keyof z.input<Payload> & string

/** The moments that the store keeps for each tenant: it was created, it got its first key, it first used the product. */
export type Milestone = 'created' | 'firstKey' | 'firstUse'

/** One kind of event: everything that is known about it, in one place. */
export interface EventDefinition<Payload extends z.core.$ZodObject = z.core.$ZodObject> {
  /** When the event is fired, in one line. */
  description: string
  /** An object of `zod` or `zod/mini`, without `tenantId`: that is the envelope's. Fields that it does not name are dropped. */
  payload: Payload
  /** The payload's own timestamp. It repeats the envelope's `occurredAt` and may be left out. @default the payload has none */
  timestamp?: FieldOf<Payload>
  /** Fields that are used in passing and never stored, logged or traced. @default [] */
  privateFields?: readonly FieldOf<Payload>[]
  /**
   * The private field that holds the e-mail address of the lead that became this tenant. The store looks the address up among the
   * leads, keeps the lead's id, and forgets the address. @default such an event names no lead
   */
  leadAddress?: FieldOf<Payload>
  /** The milestone that a tenant reaches with its first such event. @default nothing */
  milestone?: Milestone
  /** Whether such an event changes the numbers of its tenant's day, so that they are counted again. @default false */
  changesDay?: boolean
  /** A payload as a sender would write it, for documentation and fixtures. */
  sample: z.input<Payload>
}

/** The types of one event's payload: as it is emitted, with its tenant if there are tenants; as a sender writes it; as a receiver reads it. */
export interface PayloadTypes {
  emitted: object
  input: Record<string, unknown>
  output: Record<string, unknown>
}

/** A registry of events. `Types` maps each event type to the types of its payload. */
export interface Contract<Types extends Record<string, PayloadTypes> = Record<string, PayloadTypes>> {
  readonly name: string
  /** Whether every event belongs to a tenant. Without tenants, `tenantId` is the contract's name. @default true */
  readonly hasTenants?: boolean
  readonly events: {
    readonly [Type in keyof Types]: Readonly<
      Omit<EventDefinition, 'sample'> & { sample: Types[Type]['input'] }
    >
  }
  /** For the compiler only; it does not exist at run time. */
  readonly types?: Types
}

export type AnyContract = Contract

type TypesOf<C extends AnyContract> = Exclude<C['types'], undefined>

/** The event types of a contract: `'scan.completed' | 'scan.failed' | ...` */
export type EventType<C extends AnyContract> = keyof TypesOf<C> & string

/** What a receiver reads: unknown fields dropped, instants in UTC, free texts redacted. */
export type EventPayload<C extends AnyContract, Type extends EventType<C>> = TypesOf<C>[Type]['output']

/** What a sender writes. A `tenantId` in it repeats the envelope's. */
export type EventPayloadInput<
  C extends AnyContract,
  Type extends EventType<C>,
> = TypesOf<C>[Type]['input'] & {
  tenantId?: string
}

/** A payload as it is emitted: with the tenant in it (roadmap §5), where the contract has tenants. */
export type EmittedPayload<C extends AnyContract, Type extends EventType<C>> = TypesOf<C>[Type]['emitted']

/** A parsed event. Distinguish by `eventType`. */
export type WebhookEvent<C extends AnyContract, Type extends EventType<C> = EventType<C>> = {
  [T in Type]: {
    eventType: T
    tenantId: string
    /** UTC, in milliseconds: `2026-02-13T12:00:00.000Z`. */
    occurredAt: string
    payload: EventPayload<C, T>
  }
}[Type]

/** A parsed event of any contract. */
export interface AnyWebhookEvent {
  eventType: string
  tenantId: string
  occurredAt: string
  payload: Record<string, unknown>
}

/**
 * Makes a contract from its events, once, at start-up.
 *
 * @throws {ContractError} `invalid_contract`, listing every problem: an event type that is not of the form
 * `noun.verb`, a timestamp or private field that the payload does not have,
 * a lead's address that is not private, a sample that does not parse.
 *
 * @example
 * const shop = defineContract({
 *   name: 'shop',
 *   events: {
 *     'order.paid': {
 *       description: 'An order was paid',
 *       payload: z.object({ orderId: z.string(), paidAt: z.iso.datetime().optional() }),
 *       timestamp: 'paidAt',
 *       sample: { orderId: 'o-1' },
 *     },
 *   },
 * })
 */
export const defineContract = <
  Payloads extends Record<string, z.core.$ZodObject>,
  HasTenants extends boolean = true,
>(definition: {
  name: string
  /** Whether every event belongs to a tenant, whose id it carries. If not, `tenantId` is read as the contract's name. @default true */
  hasTenants?: HasTenants
  events: { [Type in keyof Payloads]: EventDefinition<Payloads[Type]> }
}): Contract<{ [Type in keyof Payloads]: TypesOfPayload<Payloads[Type], HasTenants> }> => {
  const problems = Object.entries<EventDefinition>(definition.events).flatMap(([type, event]) =>
    problemsOf(type, event),
  )
  if (Object.keys(definition.events).length === 0) problems.push('it has no events')
  if (problems.length > 0) {
    throw new ContractError(
      'invalid_contract',
      `Failed to define the contract "${definition.name}": ${problems.join('; ')}. Correct the definition.`,
    )
  }
  return Object.freeze({
    name: definition.name,
    ...(definition.hasTenants === false ? { hasTenants: false } : {}),
    events: Object.freeze({ ...definition.events }),
  }) as unknown as Contract<{ [Type in keyof Payloads]: TypesOfPayload<Payloads[Type], HasTenants> }>
}

type TypesOfPayload<Payload extends z.core.$ZodObject, HasTenants extends boolean> = {
  emitted: HasTenants extends false ? z.input<Payload> : z.input<Payload> & { tenantId: string }
  input: z.input<Payload>
  output: z.output<Payload>
}

const milestones: readonly Milestone[] = ['created', 'firstKey', 'firstUse']

const eventTypePattern = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/

const problemsOf = (type: string, event: EventDefinition): string[] => {
  const fields = Object.keys(event.payload._zod.def.shape)
  const sample = safeParse(event.payload, event.sample)
  return [
    eventTypePattern.test(type) && type.length <= contractLimits.maxEventTypeLength
      ? []
      : [
          `"${type}" is not lower-case words joined by dots, at most ${contractLimits.maxEventTypeLength} characters`,
        ],
    event.timestamp === undefined || fields.includes(event.timestamp)
      ? []
      : [`${type} has no field "${event.timestamp}" for its timestamp`],
    (event.privateFields ?? [])
      .filter((field) => !fields.includes(field))
      .map((field) => `${type} has no field "${field}" to keep private`),
    event.leadAddress === undefined || event.privateFields?.includes(event.leadAddress)
      ? []
      : [`${type} names its lead by "${event.leadAddress}", which is not among its private fields`],
    event.milestone === undefined || milestones.includes(event.milestone)
      ? []
      : [`${type} has the milestone "${event.milestone}", which is not one of ${milestones.join(', ')}`],
    sample.success
      ? []
      : toEventIssues(sample.error.issues).map(
          ({ path, message }) => `the sample of ${type} at ${path}: ${message}`,
        ),
  ].flat()
}
