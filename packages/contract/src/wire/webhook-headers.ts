/** Header names on the wire, in lower case as Node reports them. */
export const webhookHeaders = Object.freeze({
  /** The event's id, the same on every attempt (Standard Webhooks). For a batch, the batch's own id. */
  id: 'webhook-id',
  /** Seconds since 1970 of this attempt (Standard Webhooks). */
  timestamp: 'webhook-timestamp',
  /** One or more `v1,<base64>` separated by spaces (Standard Webhooks). */
  signature: 'webhook-signature',
  /** The shared key that authenticates the sender (roadmap §6). */
  adminKey: 'x-admin-key',
})
