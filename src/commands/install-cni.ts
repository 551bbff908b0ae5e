import { join } from 'node:path'
import { installConfiguration, installProgram, type Places, removeConfiguration, removeProgram } from '../cni/install.ts'
import { EgressRouterError } from '../errors.ts'
import type { CommandOptions } from './options.ts'

/** The shim lies beside what is built of the sources, and as far from them. */
const program = join(import.meta.dirname, '../../dist/cni/egress-router')

const placesOf = ({ flags }: CommandOptions): Places => ({ binaries: String(flags.binDir), configurations: String(flags.confDir) })

/** Puts the CNI plugin in place: the program first, as the configuration makes the runtime execute it. */
export async function installCni(options: CommandOptions): Promise<number> {
  const places = placesOf(options)
  const { chain, socket } = options.flags
  installProgram(places, program)
  options.stdout.write(`${places.binaries}/egress-router\n`)
  if (chain === false) return 0
  const name = installConfiguration(places, typeof socket === 'string' ? socket : undefined)
  if (name === undefined) {
    throw new EgressRouterError('EUSAGE', `${places.configurations} holds no network configuration to chain after`, {
      hint: 'install the cluster network first, or use --no-chain'
    })
  }
  options.stdout.write(`${places.configurations}/${name}\n`)
  return 0
}

/** Takes the CNI plugin out again: the configuration first. */
export async function uninstallCni(options: CommandOptions): Promise<number> {
  const places = placesOf(options)
  removeConfiguration(places)
  removeProgram(places)
  return 0
}
