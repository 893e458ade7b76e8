export interface TransportRequest {
  url: URL
  headers: Readonly<Record<string, string>>
  body: string
  signal: AbortSignal
}

/** A response whose body is still to come. Whoever stops reading it frees its socket. */
export interface TransportResponse {
  status: number
  retryAfter: string | null
  /** The receiver's clock, as its `Date` header tells it. */
  date: string | null
  body: AsyncIterable<Uint8Array>
}

/**
 * Sends one POST and follows no redirect: a redirected POST becomes an empty GET that "succeeds". Ends when `signal` is
 * aborted; whoever calls it does not rely on that.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** Of a response that has none. */
export async function* noBody(): AsyncGenerator<Uint8Array> {}
