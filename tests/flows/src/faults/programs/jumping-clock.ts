/** Loaded before a program: its wall clock jumps back and forth by up to a day, many times a second. */
const RealDate = Date
let offsetMs = 0
setInterval(() => {
  offsetMs = Math.round((Math.random() - 0.5) * 2 * 86_400_000)
}, 20).unref()

class JumpingDate extends RealDate {
  constructor(...args: unknown[]) {
    super(...((args.length === 0 ? [JumpingDate.now()] : args) as [number]))
  }

  static override now(): number {
    return RealDate.now() + offsetMs
  }
}
globalThis.Date = JumpingDate as DateConstructor
