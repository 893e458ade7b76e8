/** Rejects with what `late` makes when the work takes longer; the work itself goes on. */
export const within = <T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
