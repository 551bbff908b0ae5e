import type { EgressConfig } from '../config/shape.ts'
import { type LinuxKernel, linkAtHome, openLinux } from '../kernel/linux.ts'
import type { CommandOptions } from './options.ts'

/**
 * The kernel of the namespace that a command works in. The parent of a macvlan is a link of the namespace that the command is started in;
 * where that has none of the name, one of the namespace itself.
 *
 * Errors: as `openLinux`.
 */
export function openKernel({ netns: namespace }: Pick<CommandOptions, 'netns'>, { parent }: Pick<EgressConfig, 'parent'>): LinuxKernel {
  return openLinux({
    namespace,
    parentNamespace: namespace !== undefined && parent !== undefined && !linkAtHome(parent) ? namespace : undefined
  })
}
