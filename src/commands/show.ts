import { openLinux } from '../kernel/linux.ts'
import { describeRouter, type RouterView } from '../router/view.ts'
import { type CommandOptions, readIdentity } from './options.ts'

/** Prints the router as it is: link, addresses, routes, rules, redirects with what went through them. */
export async function show(options: CommandOptions): Promise<number> {
  const identity = await readIdentity(options)
  using kernel = openLinux({ namespace: options.netns })
  const view = describeRouter(kernel.observe({ sysctls: [], counts: true }), identity)
  options.stdout.write(options.output === 'json' ? `${JSON.stringify(view, null, 2)}\n` : asText(view))
  return 0
}

const traffic = ({ sent, received }: RouterView['redirects'][number]) =>
  `sent ${sent.packets} packets ${sent.bytes} bytes, received ${received.packets} packets ${received.bytes} bytes`

function asText(view: RouterView): string {
  const lines: string[] = []
  const section = (title: string, entries: readonly string[]) =>
    lines.push(`${title}:`, ...(entries.length > 0 ? entries : ['none']).map(entry => `  ${entry}`))
  const { link } = view
  section(
    'link',
    link
      ? [
          `${link.name} ${link.mac ?? ''} mtu ${link.mtu} ${link.up ? 'up' : 'down'}${link.carrier ? '' : ', no carrier'}${link.kind ? ` (${link.kind}${link.mode ? ` ${link.mode}` : ''})` : ''}${link.owned ? ', made by us' : ''}`
        ]
      : []
  )
  section(
    'addresses',
    view.addresses.map(
      entry => `${entry.address}/${entry.prefix}${entry.tentative ? ' tentative' : ''}${entry.dadFailed ? ' duplicate' : ''}`
    )
  )
  section(
    'routes',
    view.routes.map(entry => `${entry.family} ${entry.text}`)
  )
  section(
    'rules',
    view.rules.map(entry => `${entry.family} ${entry.text}`)
  )
  section(
    'redirects',
    view.redirects.map(
      entry =>
        `${entry.port === undefined ? `any port (${entry.protocol})` : `${entry.protocol} ${entry.port}`} -> ${entry.destination}: ${traffic(entry)}`
    )
  )
  section('guard', [`${view.guard.packets} packets stopped that would have left with a wrong source`])
  return `${lines.join('\n')}\n`
}
