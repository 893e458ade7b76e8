/** What the outbox needs from a `pg.Pool`; anything with these methods works. */
export interface PostgresPool {
  // biome-ignore lint/suspicious/noExplicitAny: rows are what a statement says, as in pg's own types
  query(text: string, values?: unknown[]): Promise<{ rows: any[] }>
  connect(): Promise<PostgresClient>
  readonly options?:
    | { max?: number | undefined; connectionTimeoutMillis?: number | null | undefined }
    | undefined
}

/** A connection of its own, for a transaction or for `LISTEN`. */
export interface PostgresClient {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  query(text: string, values?: unknown[]): Promise<{ rows: any[] }>
  release(destroy?: boolean): void
  on(event: 'notification' | 'error' | 'end', listener: () => void): unknown
}
