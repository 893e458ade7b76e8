export const pluralEn = (count: number, one: string, other: string) => (count === 1 ? one : other)

/** In French 0 and 1 are singular. */
export const pluralFr = (count: number, one: string, other: string) => (Math.abs(count) < 2 ? one : other)
