/* The parts of the CNI shim. Nothing here allocates but the buffer that holds the standard input. */
#ifndef SHIM_H
#define SHIM_H
#include <stddef.h>

struct bytes {
	char *at;
	size_t length;
};

/* json.c */

/* The value at `key` of the outermost object as it stands there; of no length when there is none. */
struct bytes json_find(struct bytes json, const char *key);
/* The string at `key` of the outermost object, copied to `out` with a closing zero; 0 when there is none, or one with escapes, or too long a one. */
int json_find_string(struct bytes json, const char *key, char *out, size_t size);
/* Appends `text` as it stands inside a JSON string; what does not fit is left out. Gives the new length. */
size_t json_append_escaped(char *out, size_t length, size_t size, const char *text);

/* io.c: everything before the one deadline of the process; -1 with errno, ETIMEDOUT when it has passed */

void io_set_deadline(long milliseconds);
int io_read_all(int fd, struct bytes *into, size_t most);
int io_read_exactly(int fd, char *at, size_t length);
int io_write_all(int fd, const char *at, size_t length);
int io_connect(const char *path);

#endif
