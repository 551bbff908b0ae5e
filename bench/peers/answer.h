// What every C peer shares: a clock, and the conversation with the harness. A line comes in, a line goes out: nanoseconds, or `error …`.
#ifndef ANSWER_H
#define ANSWER_H
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((format(printf, 1, 2))) static inline void answer(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
  fflush(stdout);
}

/** The next line without its newline, or NULL at the end. */
static inline char *ask(void) {
  static char *line;
  static size_t room;
  ssize_t length = getline(&line, &room, stdin);
  if (length <= 0) return NULL;
  if (line[length - 1] == '\n') line[length - 1] = 0;
  return line;
}

/** Does what a line says: nanoseconds, or 0 when it has answered with an error. */
typedef uint64_t work(const char *line);

static inline int shorter(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

#define MOST_LINES 8
/** `repeat ROUNDS LINE;LINE;…`: each line in turn, again and again; answers with median and first of each. Whether it was that. */
static inline int repeat(char *line, work *perform) {
  int rounds, from = 0, count = 0;
  char *lines[MOST_LINES];
  if (sscanf(line, "repeat %d %n", &rounds, &from) != 1 || from == 0 || rounds < 1) return 0;
  for (char *rest = line + from, *one; count < MOST_LINES && (one = strsep(&rest, ";"));) lines[count++] = one;
  uint64_t *spent = calloc((size_t)(rounds * count), sizeof *spent);
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < count; i++)
      if (!(spent[i * rounds + round] = perform(lines[i]))) goto end;
  for (int i = 0; i < count; i++) {
    uint64_t *times = spent + i * rounds, first = times[0];
    qsort(times, (size_t)rounds, sizeof *times, shorter);
    printf("%s%llu %llu", i ? " " : "", (unsigned long long)times[rounds / 2], (unsigned long long)first);
  }
  answer("%s", "");
end:
  free(spent);
  return 1;
}

/** A whole file, with a zero byte behind it. */
static inline char *slurp(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*length + 1);
  if (bytes && fread(bytes, 1, *length, file) != *length) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  if (bytes) bytes[*length] = 0;
  return bytes;
}
#endif
