/**
 * Something that is wrong with the sender, not with an event. The sender pauses, and continues by itself once it is corrected.
 *
 * | reason | response of the receiver | check |
 * |---|---|---|
 * | `unauthorized` | 401 | `adminKey`: wrong, or rotated away |
 * | `forbidden` | 403 | `adminKey`, or what stands between sender and receiver |
 * | `invalid_signature` | 401 `invalid_signature` | `signingSecret` |
 * | `wrong_clock` | the same, and its clock is more than five minutes from this one | the clock that is wrong |
 * | `not_found` | 404, 405 or 410 | `url` |
 * | `redirected` | 3xx | `url`: redirects are not followed |
 * | `not_accepted` | any other 4xx that says nothing about the event | what stands between sender and receiver |
 */
export type SenderFaultReason =
  | 'unauthorized'
  | 'forbidden'
  | 'invalid_signature'
  | 'wrong_clock'
  | 'not_found'
  | 'redirected'
  | 'not_accepted'

export interface SenderFault {
  readonly reason: SenderFaultReason
  /** `http_401` */
  readonly error: string
  /** For people: `HTTP 401 unauthorized`. */
  readonly detail: string
  /** How far the receiver's clock is ahead of this one, by its `Date`. */
  readonly clockSkewMs: number | undefined
}
