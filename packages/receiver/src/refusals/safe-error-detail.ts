/**
 * What may be logged of an unexpected error: its class, its code and where it was thrown. A message can
 * quote what was sent (PostgreSQL's "Failing row contains (...)" does), so it is left out.
 */
export const safeErrorDetail = (error: unknown): object => {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, stack = '', cause } = error
  const code = (error as { code?: unknown }).code
  return {
    name,
    ...(typeof code === 'string' ? { code } : {}),
    at: stack.split('\n').filter((line) => /^ {4}at /.test(line)),
    ...(cause instanceof Error ? { cause: safeErrorDetail(cause) } : {}),
  }
}
