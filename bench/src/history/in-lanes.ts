/** Works through a list on as many connections as this machine has processors for. */
export const inLanes = async <Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> => {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: 2 }, async () => {
      for (const item of waiting) await work(item)
    }),
  )
}
