// The configuration table of the README is made from the settings themselves, so that it cannot tell another story.
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Setting } from '../../src/config/setting.ts'
import { settingKeys, settings } from '../../src/config/settings.ts'

t.test('the README lists every setting as it is', async t => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const table = /<!-- settings: .*? -->\n([\s\S]*?)<!-- \/settings -->/.exec(readme)?.[1] ?? ''
  const rows = settingKeys.map(key => {
    const { variable, flag, doc, default: fallback }: Setting<unknown> = settings[key]
    return `| \`${variable}\` | \`${flag}\` | ${doc} | ${fallback ? `\`${fallback}\`` : ''} |`
  })
  t.same(table.trim().split('\n').slice(2), rows)
})

t.test('links within the documents lead somewhere', async t => {
  const { existsSync } = await import('node:fs')
  for (const page of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/embedding/README.md', 'docs/data-path.md']) {
    const base = new URL(`../../${page}`, import.meta.url)
    for (const [, target] of readFileSync(base, 'utf8').matchAll(/\]\(([^)#:]+)\)/g))
      t.ok(existsSync(new URL(target as string, base)), `${page}: ${target}`)
  }
})
