/** Tells the parent process which code was mailed to whom, many at a time: `{ codes: [[email, code], …] }`. */
export function createPostman() {
  let codes = []
  return (email, code) => {
    if (codes.length === 0)
      setImmediate(() => {
        process.send({ codes })
        codes = []
      })
    codes.push([email, code])
  }
}

/** Where the codes arrive: whoever waits for one to an address gets the next one that comes there. */
export function createLetterbox() {
  const waiting = new Map()
  return {
    next: (email) => new Promise((resolve) => waiting.set(email, resolve)),
    put(codes) {
      for (const [email, code] of codes) {
        waiting.get(email)?.(code)
        waiting.delete(email)
      }
    },
  }
}
