import { createBooks } from './create-books.js'

const books = await createBooks({
  databaseUrl: process.env.DATABASE_URL,
  adminKey: process.env.ADMIN_API_KEY,
})
console.log(`The books take events at ${await books.listen({ port: Number(process.env.PORT ?? 3000) })}`)
