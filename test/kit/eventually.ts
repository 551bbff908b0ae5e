/** Repeats `attempt` until it gives something true; gives the last result when `seconds` are over, for the assertion to judge. */
export async function eventually<T>(attempt: () => Promise<T>, seconds = 10): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  while (true) {
    const result = await attempt()
    if (result || Date.now() > deadline) return result
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
