export interface TransportRequest {
  url: URL
  headers: Readonly<Record<string, string>>
  body: string
  signal: AbortSignal
}

/** A response whose body is still to come. To stop reading it is to free its socket. */
export interface TransportResponse {
  status: number
  retryAfter: string | null
  /** The receiver's clock, from its `Date` header. */
  date: string | null
  body: AsyncIterable<Uint8Array>
}

/**
 * Sends one POST and follows no redirect: a redirected POST becomes an empty GET that "succeeds". Ends when `signal` is
 * aborted, but callers do not rely on that.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** The body of a response that has none. */
export async function* noBody(): AsyncGenerator<Uint8Array> {}
