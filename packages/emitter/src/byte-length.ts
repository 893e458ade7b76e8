const encoder = new TextEncoder()

/** How many bytes of UTF-8 a text takes, on every platform. */
export const byteLength = (text: string): number => encoder.encode(text).byteLength
