import type { RouterCommandName } from './commands.ts'

const given = 'EGRESS_SOURCE=192.168.12.99/24 EGRESS_GATEWAY=192.168.12.1'

/** What a command is for, and how it is typed. */
export const descriptions: Readonly<Record<RouterCommandName, { readonly summary: string; readonly examples: readonly string[] }>> = {
  run: {
    summary: 'set up the router as the environment, the flags and the file say, and stay (the default command)',
    examples: [`${given} EGRESS_DESTINATION='80 tcp 203.0.113.25' egress-router`, 'egress-router run --config router.yaml --mode init']
  },
  config: {
    summary: 'print the configuration as it is understood; touches nothing',
    examples: ['egress-router config --config router.yaml', `${given} EGRESS_DESTINATION=203.0.113.27 egress-router config --output json`]
  },
  plan: {
    summary: 'print what would be done, as ip and nft commands; touches nothing',
    examples: ['egress-router plan --config router.yaml', 'egress-router plan --netns 4711 --exit-code']
  },
  check: {
    summary: 'compare the kernel with the configuration; exit code 3 tells drift',
    examples: ['egress-router check --config router.yaml', 'egress-router check --netns /run/netns/egress']
  },
  show: {
    summary: 'show what of the router is in the kernel; needs no configuration',
    examples: ['egress-router show', 'egress-router show --netns egress --output json']
  },
  clean: {
    summary: 'remove what the router put into the kernel; needs no configuration',
    examples: ['egress-router clean', 'egress-router clean --netns 4711 --table 4242']
  }
}
