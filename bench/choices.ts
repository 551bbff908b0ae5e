// What is asked for on the command line, checked before anything is done.
import { peers, peersOf } from './catalog.ts'
import type { Question } from './measure/row.ts'

/** A mistake of the person who asked: one line, exit code 2. */
export class Mistake extends Error {}

export interface Choice {
  readonly peers: readonly string[]
  readonly sizes: readonly number[]
  readonly runs?: number | undefined
}

/** `all`, or names separated by commas; `ours` always takes part and comes first. */
export function choosePeers(text: string, question: Question): string[] {
  const able = peersOf(question).map(({ name }) => name)
  if (text === 'all') return able
  const names = split(text, '--peers')
  for (const name of names) {
    if (able.includes(name)) continue
    const known = peers.some(peer => peer.name === name)
    const fault = known ? `peer '${name}' takes no part in '${question}'` : `unknown peer '${name}'`
    throw new Mistake(`${fault}: choose from ${able.join(', ')}, or all`)
  }
  return able.filter(name => name === 'ours' || names.includes(name))
}

const MOST = 60_000

/** Numbers of redirects, separated by commas. */
export function chooseSizes(text: string): number[] {
  const sizes = split(text, '--sizes').map(word => {
    if (!/^[1-9]\d{0,5}$/.test(word) || Number(word) > MOST) {
      throw new Mistake(`size '${word}' is not a whole number from 1 to ${MOST}: as in --sizes 1,100,10000`)
    }
    return Number(word)
  })
  return [...new Set(sizes)]
}

export function chooseRuns(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Mistake(`runs '${text}' is not a whole number from 1 to 9999`)
  return Number(text)
}

function split(text: string, option: string): string[] {
  const words = text.split(',').map(word => word.trim())
  if (words.some(word => word === '')) throw new Mistake(`${option} '${text}' has an empty entry`)
  return [...new Set(words)]
}
