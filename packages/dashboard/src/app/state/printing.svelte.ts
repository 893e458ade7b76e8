const state = $state({ on: false })

const media = matchMedia('print')
media.addEventListener('change', () => {
  state.on = media.matches
})
// A browser lays out the paper between these two, without telling media queries in every case.
addEventListener('beforeprint', () => {
  state.on = true
})
addEventListener('afterprint', () => {
  state.on = false
})

/** Whether the page is being laid out for paper, where nothing is measured again. */
export const printing: Readonly<typeof state> = state
