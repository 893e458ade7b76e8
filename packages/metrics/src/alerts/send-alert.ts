import type { UnsentMessage } from './alert-log.ts'

/** What is sent about an occurrence. */
export interface AlertMessage {
  message: UnsentMessage
  /** The title of its kind, in the language of the sentences. */
  title: string
  /** For the envelope. */
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
