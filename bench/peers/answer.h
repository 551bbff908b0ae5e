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
