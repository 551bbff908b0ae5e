/* Just enough JSON to find a plain string in the outermost object, and to write one. */
#include "shim.h"
#include <string.h>

/* `at` is behind an opening quote: gives the place of the closing one, or `end`. */
static const char *string_end(const char *at, const char *end)
{
	for (; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

int json_find_string(struct bytes json, const char *key, char *out, size_t size)
{
	const char *end = json.at + json.length;
	int depth = 0;

	for (const char *at = json.at; at < end; at++) {
		if (*at == '{' || *at == '[')
			depth++;
		if (*at == '}' || *at == ']')
			depth--;
		if (*at != '"')
			continue;
		const char *name = at + 1;
		at = string_end(name, end);
		const char *colon = skip_blanks(at < end ? at + 1 : end, end);
		if (depth != 1 || colon == end || *colon != ':')
			continue;
		const char *value = skip_blanks(colon + 1, end);
		size_t length = (size_t)(at - name);
		/* on to the value, so that a string there is not taken for a key */
		at = value - 1;
		if (value == end || *value != '"')
			continue;
		const char *closing = string_end(++value, end);
		at = closing;
		size_t found = (size_t)(closing - value);
		if (length != strlen(key) || memcmp(name, key, length) != 0)
			continue;
		if (closing == end || found >= size || memchr(value, '\\', found) || memchr(value, 0, found))
			return 0;
		memcpy(out, value, found);
		out[found] = 0;
		return 1;
	}
	return 0;
}

size_t json_append_escaped(char *out, size_t length, size_t size, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (; *text && length + 7 < size; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\') {
			out[length++] = '\\';
			out[length++] = (char)c;
		} else if (c < 0x20 || c > 0x7e) {
			/* bytes that may not be UTF-8 are shown one by one */
			memcpy(out + length, "\\u00", 4);
			out[length + 4] = digits[c >> 4];
			out[length + 5] = digits[c & 15];
			length += 6;
		} else
			out[length++] = (char)c;
	}
	out[length] = 0;
	return length;
}
