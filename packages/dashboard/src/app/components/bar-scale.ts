import { scaleLinear } from 'd3-scale'

/** How long the bars of counts are, of which the largest has this length. */
export const barScale = (counts: readonly (number | null)[], length = 100) =>
  scaleLinear()
    .domain([0, Math.max(1, ...counts.map((count) => count ?? 0))])
    .range([0, length])
