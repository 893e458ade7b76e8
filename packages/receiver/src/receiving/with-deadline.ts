import { StoreError } from '@altcontext/webhook-store'

/**
 * Gives up waiting for the database. Events may still be committed: sent again, they are duplicates.
 *
 * @throws {StoreError} `database_unavailable` after `timeoutMs`, or whatever `work` rejects with.
 */
export const withDeadline = <T>(work: Promise<T>, timeoutMs: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new StoreError(
            'database_unavailable',
            `Failed to write events: no commit within ${timeoutMs} ms. Send them again later.`,
          ),
        ),
      timeoutMs,
    )
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
