import { statSync } from 'node:fs'
import { invalidVariable } from './environment.ts'

/** Where a namespace lies among all: equal for two paths of the same one. */
type Place = Readonly<{ dev: number; ino: number }>

/** The namespace that this process works from. */
export const findOwnNamespace = (): Place => statSync('/proc/self/ns/net')

/**
 * A namespace in which a router may be set up. The node's own is not one: what is redirected there, and what falls, is the node's.
 *
 * Errors: CniError 4.
 */
export function requireSandbox(path: string, own: Place): void {
  let place: Place
  try {
    place = statSync(path)
  } catch (error) {
    throw invalidVariable('CNI_NETNS', `'${path}' cannot be reached: ${(error as Error).message}`)
  }
  if (place.dev !== own.dev) throw invalidVariable('CNI_NETNS', `'${path}' is not a network namespace`)
  if (place.ino === own.ino) throw invalidVariable('CNI_NETNS', `'${path}' is the network namespace of the node itself`)
}
