import type { AnyContract, EventDefinition, Milestone } from '@altcontext/webhook-contract'

/** Which event types of a contract mean something to the store, from what the contract declares about them. */
export interface DeclaredEventTypes {
  namesLead: readonly string[]
  milestones: Readonly<Record<Milestone, readonly string[]>>
  changesDay: readonly string[]
}

export const declaredEventTypes = (contract: AnyContract): DeclaredEventTypes => {
  const typesThat = (declare: (event: Omit<EventDefinition, 'sample'>) => boolean): readonly string[] =>
    Object.entries(contract.events).flatMap(([type, event]) => (declare(event) ? [type] : []))
  return {
    namesLead: typesThat(({ leadAddress }) => leadAddress !== undefined),
    milestones: {
      created: typesThat(({ milestone }) => milestone === 'created'),
      firstKey: typesThat(({ milestone }) => milestone === 'firstKey'),
      firstUse: typesThat(({ milestone }) => milestone === 'firstUse'),
    },
    changesDay: typesThat(({ changesDay }) => changesDay === true),
  }
}
