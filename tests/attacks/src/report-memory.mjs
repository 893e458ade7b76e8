// Loaded into an attacked server: it collects garbage when asked, and then says how much memory it holds.
process.on('message', async () => {
  // Twice, and once more for what callbacks have freed in between.
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  process.send({ heapBytes: heapUsed, externalBytes: external })
})
// The process does not stay alive for requests.
process.channel.unref()
