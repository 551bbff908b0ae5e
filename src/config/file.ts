import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { ConfigIssue } from '../errors.ts'
import { FileValues } from './file-value.ts'
import type { Layer } from './layer.ts'
import { nearestHint } from './nearest.ts'
import { issueAt, type Text } from './place.ts'
import { quote } from './refusal.ts'
import { type SettingKey, settingKeys } from './settings.ts'

/**
 * What the text of a YAML file gives, each value with its line. Whoever has no file should not load this module: the YAML
 * library takes longer to load than the rest of the configuration to read.
 */
export function parseFile(text: string, file: string): { layer: Layer; issues: ConfigIssue[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const layer = new Map<SettingKey, readonly Text[]>()
  const lineAt = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    return { layer, issues: document.errors.map(({ message, pos }) => issueAt({ source: file, line: lineAt(pos[0]) }, firstLine(message))) }
  }
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return { layer, issues: [] }
  if (!isMap(contents)) {
    return {
      layer,
      issues: [
        issueAt({ source: file, line: lineAt(contents.range[0]) }, 'a map of settings is expected, such as: source: 192.168.12.99/24')
      ]
    }
  }
  const values = new FileValues(file, document, lineAt)
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key)
    if (!isSettingKey(name)) {
      const line = isScalar(key) && key.range ? lineAt(key.range[0]) : lineAt(contents.range?.[0] ?? 0)
      values.issues.push(issueAt({ source: file, line }, `unknown key ${quote(name)}`, nearestHint(name, settingKeys)))
      continue
    }
    const texts = values.read(name, value)
    if (texts.length > 0) layer.set(name, texts)
  }
  return { layer, issues: values.issues }
}

const firstLine = (message: string) => message.split('\n', 1)[0] as string

const isSettingKey = (name: string): name is SettingKey => (settingKeys as readonly string[]).includes(name)
