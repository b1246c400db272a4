// Prisma Migrate with the engine that its npm package brings along, in WebAssembly: nothing is downloaded.

import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

// The adapter of this version does not know the type `name`, which the engine asks for when it deploys: it is text.
const [name, text] = [19, 25]
for (const { prototype } of [pg.Client, pg.Pool]) {
  const { query } = prototype
  prototype.query = function (...args) {
    const answer = query.apply(this, args)
    if (typeof answer?.then !== 'function') return answer
    return answer.then((result) => {
      const fields = [result].flat().flatMap((one) => one?.fields ?? [])
      for (const field of fields) if (field.dataTypeID === name) field.dataTypeID = text
      return result
    })
  }
}

// After it has ended, a timer of the engine's would keep the process for ten seconds.
const { setTimeout } = globalThis
globalThis.setTimeout = (...args) => setTimeout(...args).unref()

export default {
  schema: process.env.PRISMA_SCHEMA,
  experimental: { adapter: true },
  engine: 'js',
  // And so would a connection that nobody uses.
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }),
}
