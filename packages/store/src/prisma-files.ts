/** The folder of numbered migrations, to be copied into the host's `prisma/migrations`. */
export const migrationsDirectory = new URL('../prisma/migrations/', import.meta.url)

/** The Prisma models, to be copied into the host's schema folder. */
export const modelsFile = new URL('../prisma/webhooks.prisma', import.meta.url)

/** The manifest of this package. */
export const manifestFile = new URL('../package.json', import.meta.url)
