/** How the file of an architecture is called: with Docker's word for it, by which `Dockerfile.executable` finds it. */
export const executableName = (arch: string): string => `webhook-relay-${arch === 'x64' ? 'amd64' : arch}`
