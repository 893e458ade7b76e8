import type { UnsentMessage } from './alert-log.ts'

/** What is sent of an occurrence. */
export interface AlertMessage {
  message: UnsentMessage
  /** What of its kind it is, in the language of the sentences. */
  title: string
  /** Of the envelope. */
  tenantId: string
  payload: {
    alertId: string
    kind: string
    subject: string
    customer: string | null
    sentence: string
    measured: number
    bound: number
    startedAt: string
  }
}

/** A way to tell people. */
export interface SendAlert {
  /** @returns what went wrong, without an address; `undefined` when it has arrived. */
  send(message: AlertMessage): Promise<string | undefined>
  /** Aborts what is under way, which then counts as a problem. */
  close(): Promise<void>
}
