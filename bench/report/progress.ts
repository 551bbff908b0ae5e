/** What happens now, in one line of a terminal that is written over; elsewhere nothing. */
export function openProgress(stream: NodeJS.WriteStream) {
  const started = Date.now()
  let shown = 0
  const clear = () => {
    if (stream.isTTY) stream.write('\r\x1b[K')
  }
  return {
    progress(text: string) {
      if (!stream.isTTY || Date.now() - shown < 80) return
      shown = Date.now()
      clear()
      stream.write(`${String(Math.round((shown - started) / 1000)).padStart(4)} s  ${text}`.slice(0, (stream.columns ?? 80) - 1))
    },
    say(text: string) {
      clear()
      stream.write(`bench: ${text}\n`)
    },
    clear
  }
}
