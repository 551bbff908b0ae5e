import { join } from 'node:path'
import { install, type Places, removeConfiguration, removeProgram } from '../cni/install.ts'
import type { CommandOptions } from './options.ts'

/** The shim lies beside what is built of the sources, and as far from them. */
export const program = join(import.meta.dirname, '../../dist/cni/egress-router')

const placesOf = ({ flags }: CommandOptions): Places => ({ binaries: String(flags.binDir), configurations: String(flags.confDir) })

/** Puts the CNI plugin in place. */
export async function installCni(options: CommandOptions): Promise<number> {
  const { chain, socket } = options.flags
  const files = install(placesOf(options), program, { chain: chain !== false, socket: typeof socket === 'string' ? socket : undefined })
  for (const file of files) options.stdout.write(`${file}\n`)
  return 0
}

/** Takes the CNI plugin out again: the configuration first. */
export async function uninstallCni(options: CommandOptions): Promise<number> {
  const places = placesOf(options)
  removeConfiguration(places)
  removeProgram(places)
  return 0
}
