import { type Destinations, linesOf, parseDestinationLines, parseDestinations } from './destinations.ts'
import type { Text } from './place.ts'
import type { Reader } from './reader.ts'
import { quote } from './refusal.ts'
import { settings } from './settings.ts'
import type { Source } from './shape.ts'

/** Reads the text of a file; throws as node:fs does. */
export type ReadFile = (path: string) => string

const none: Destinations = { redirects: [], fallbacks: [], issues: [] }

/** The destinations from their setting or their file; `sources` is undefined when they could not all be read. */
export function resolveDestinations(
  reader: Reader,
  sources: readonly Source[] | undefined,
  readFile: ReadFile
): Destinations & { readonly file?: string } {
  const texts = reader.texts(settings.destination)
  const file = reader.one(settings.destinationFile)
  const fileAt = reader.texts(settings.destinationFile)[0]
  if (fileAt && texts[0]) reader.issue(fileAt, `only one of ${texts[0].source} and ${fileAt.source} can be given`)
  const parsed = fileAt ? parseFile(reader, fileAt, file, sources, readFile) : parseTexts(texts, sources)
  reader.issues.push(...parsed.issues)
  return { ...parsed, ...(file !== undefined && { file }) }
}

function parseTexts(texts: readonly Text[], sources: readonly Source[] | undefined): Destinations {
  const [whole] = texts
  if (!whole) return { ...none, issues: [{ source: settings.destination.variable, message: 'EGRESS_DESTINATION unspecified', hint }] }
  // a list has a line in each of its texts, which know their own places
  const lines = texts.length === 1 ? linesOf(whole) : texts.flatMap(text => (text.text.includes('\n') ? [...linesOf(text)] : [text]))
  return parseDestinationLines({ source: whole.source }, lines, sources)
}

function parseFile(
  reader: Reader,
  at: Text,
  file: string | undefined,
  sources: readonly Source[] | undefined,
  readFile: ReadFile
): Destinations {
  if (file === undefined) return none
  try {
    return parseDestinations(readFile(file), file, sources)
  } catch (error) {
    reader.issue(at, `cannot read ${quote(file)}: ${error instanceof Error ? error.message : error}`)
    return none
  }
}

const hint = 'give rules such as: 80 tcp 203.0.113.25, or name a file in EGRESS_DESTINATION_FILE'
