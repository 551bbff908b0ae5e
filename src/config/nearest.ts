/** The name that takes the fewest edits from `given`; the first of several equals. Swapping two neighbours is one edit. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const name of names) {
    const edits = distance(given, name)
    if (edits < least) {
      best = name
      least = edits
    }
  }
  return best
}

/** The hint for an unknown word. */
export function nearestHint(given: string, names: readonly string[]): string | undefined {
  const name = nearest(given, names)
  return name === undefined ? undefined : `the nearest known name is ${name}`
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, (before[j - 2] as number) + 1)
      row.push(edits)
    }
    before = above
    above = row
  }
  return above[b.length] as number
}
