// Loaded into an attacked server: it collects garbage when it is asked, and says what memory it holds then.
process.on('message', async () => {
  // Twice, and once more behind what was freed by callbacks in between.
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  process.send({ heapBytes: heapUsed, externalBytes: external })
})
// Nobody waits for questions.
process.channel.unref()
