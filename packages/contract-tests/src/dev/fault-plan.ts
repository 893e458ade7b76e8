import type { Fault } from '../receiver-double/receiver-double.ts'

export interface FaultPlanOptions {
  /** The status of requests that fail. @default none fails */
  failStatus?: number | undefined
  /** Only every n-th request is affected. @default 1: every one */
  every?: number | undefined
  /** Delay before every response, in milliseconds. @default 0 */
  delayMs?: number | undefined
  /** Events are stored and the response is lost. @default false */
  dropsResponses?: boolean | undefined
}

/** Which requests get which fault. Keys change it while the receiver runs. */
export interface FaultPlan {
  /** For the next request. */
  next(): { fault: Fault | undefined; delayMs: number }
  /** Turns one of the faults on or off, and says in words what now holds. */
  toggle(what: 'fail' | 'delay' | 'drop'): string
}

/** What a key turns on if no flag has said how much. */
const toggledStatus = 503
const toggledDelayMs = 2000

export const createFaultPlan = (options: FaultPlanOptions = {}): FaultPlan => {
  const { every = 1, failStatus = toggledStatus, delayMs = toggledDelayMs } = options
  const isOn = {
    fail: options.failStatus !== undefined,
    delay: (options.delayMs ?? 0) > 0,
    drop: options.dropsResponses === true,
  }
  const which = every === 1 ? 'every request' : `one request in ${every}`
  const words = {
    fail: [`${which} gets ${failStatus}`, 'no request is failed any more'],
    delay: [`every response comes ${delayMs} ms later`, 'responses come at once'],
    drop: [
      `the response to ${which} is dropped after the events are stored`,
      'no response is dropped any more',
    ],
  } as const
  let requests = 0
  return {
    next() {
      requests += 1
      const isMet = requests % every === 0
      const fault: Fault | undefined = !isMet
        ? undefined
        : isOn.fail
          ? { kind: 'status', status: failStatus }
          : isOn.drop
            ? { kind: 'lost-response' }
            : undefined
      return { fault, delayMs: isOn.delay ? delayMs : 0 }
    },
    toggle(what) {
      isOn[what] = !isOn[what]
      return words[what][isOn[what] ? 0 : 1]
    },
  }
}
