/** An id cut in its middle: ids often differ at their ends. */
export const shortId = (id: string): string => (id.length <= 18 ? id : `${id.slice(0, 8)}…${id.slice(-8)}`)
