/**
 * Collects the items of one turn of the event loop, and those that arrive while a commit is under way, and commits
 * them together: a burst pays for one commit, not for hundreds.
 */
export const createGroupCommit = <Item, Result>(
  commit: (items: readonly Item[]) => Result[] | Promise<Result[]>,
  maxItems: number,
) => {
  let queue: Waiting<Item, Result>[] = []
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    await new Promise(setImmediate)
    while (queue.length > 0) {
      const group = queue.slice(0, maxItems)
      queue = queue.slice(maxItems)
      try {
        const results = await commit(group.map(({ item }) => item))
        group.forEach(({ resolve }, index) => {
          resolve(results[index] as Result)
        })
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    running = undefined
  }

  return {
    /** Resolves after the commit that holds the item; rejects with its error. */
    add: (item: Item): Promise<Result> =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        running ??= run()
      }),
    /** Resolves when nothing waits any more. */
    idle: (): Promise<void> => running ?? Promise.resolve(),
  }
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}
