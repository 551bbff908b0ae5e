import { getSystemErrorMessage } from 'node:util'
import { EgressRouterError } from '../errors.ts'
import { needsNetAdmin } from '../netlink/acknowledgement.ts'
import { errno, errnoName } from '../sys/errno.ts'
import { formatCommand } from './format.ts'
import type { Command } from './schema.ts'

/** A transaction that was refused: our commands as nft text, and the words of libnftables or of the kernel. */
export class NftablesError extends EgressRouterError {
  readonly commands: string
  readonly words: string

  constructor(commands: string, words: string) {
    const denied = /Operation not permitted/i.test(words)
    super(denied ? 'ECAPABILITY' : 'ENFTABLES', `nft ${summary(commands)}: ${words || 'refused without a word'}`, {
      hint: denied ? needsNetAdmin : hintOf(words)
    })
    this.commands = commands
    this.words = words
  }
}

/** The refusal of a batch: the number of the error, the kernel's words if it has some, and the element that it stumbled over. */
export function refusedBatch(commands: readonly Command[], number: number, kernelMessage?: string, element?: string): NftablesError {
  const words = [`${describe(number)} (${errnoName(number)})`, kernelMessage, element && `at ${element}`].filter(Boolean).join(', ')
  return new NftablesError(commands.map(formatCommand).join('\n'), words)
}

/** As strerror(3) says it, which Node has in lower case or in words of its own. */
function describe(number: number): string {
  if (number === errno.ENOENT) return 'No such file or directory'
  if (number === errno.EEXIST) return 'File exists'
  const words = getSystemErrorMessage(-number)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** Whether it was refused because the table is not what it was thought to be: something is missing, or there already. */
export const isSurprise = (error: unknown): error is NftablesError =>
  error instanceof NftablesError && /No such file|File exists/i.test(error.words)

const hintOf = (words: string) =>
  /ENFILE/.test(words) ? 'the set is full' : /EMSGSIZE/.test(words) ? 'raise the sysctl net.core.wmem_max on the node' : undefined

function summary(commands: string): string {
  const lines = commands.split('\n')
  const first = (lines.find(line => !/^(add|flush) table/.test(line)) ?? lines[0] ?? '').slice(0, 200)
  return lines.length > 1 ? `${first} (one of ${lines.length} commands of a transaction)` : first
}
