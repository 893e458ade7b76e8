/** The name of the file for an architecture: it has Docker's name for it, by which `Dockerfile.executable` finds the file. */
export const executableName = (arch: string): string => `webhook-relay-${arch === 'x64' ? 'amd64' : arch}`
