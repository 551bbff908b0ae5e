// Program: renders the templates of a chart as helm does it, for what this chart uses of helm: Go's own text/template, and toYaml, nindent,
// default, quote, contains, ternary, dict and get. Values are read as JSON on stdin, {"Values": …, "Chart": …, "Release": …}; the documents are written to stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

func main() {
	var data map[string]any
	must(json.NewDecoder(os.Stdin).Decode(&data))
	functions := template.FuncMap{
		// JSON is YAML, on one line
		"toYaml": func(value any) (string, error) {
			text, err := json.Marshal(value)
			return string(text), err
		},
		"nindent": func(count int, text string) string {
			blanks := strings.Repeat(" ", count)
			return "\n" + blanks + strings.ReplaceAll(text, "\n", "\n"+blanks)
		},
		"quote":    func(text string) string { return fmt.Sprintf("%q", text) },
		"contains": func(part, text string) bool { return strings.Contains(text, part) },
		"ternary": func(yes, no any, is bool) any {
			if is {
				return yes
			}
			return no
		},
		"dict": func(pairs ...string) map[string]string {
			made := map[string]string{}
			for n := 0; n+1 < len(pairs); n += 2 {
				made[pairs[n]] = pairs[n+1]
			}
			return made
		},
		"get": func(values map[string]string, key string) string { return values[key] },
		"default": func(fallback, value any) any {
			if value == nil || value == "" {
				return fallback
			}
			return value
		},
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.yaml"))
	must(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(err)
		parsed, err := template.New(file).Option("missingkey=error").Funcs(functions).Parse(string(text))
		must(err)
		fmt.Println("---")
		must(parsed.Execute(os.Stdout, data))
		fmt.Println()
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
