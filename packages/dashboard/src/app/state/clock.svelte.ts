const state = $state({ ms: Date.now() })

setInterval(() => {
  state.ms = Date.now()
}, 1000)

/** The browser's clock, for ages that grow while somebody looks. */
export const clock: Readonly<typeof state> = state
