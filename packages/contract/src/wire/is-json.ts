/** Whether a content type is that of JSON, whatever its parameters. */
export const isJson = (contentType: string | readonly string[] | undefined): boolean =>
  typeof contentType === 'string' && /^application\/json[ \t]*(;|$)/i.test(contentType)
