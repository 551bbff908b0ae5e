/* Just enough JSON to find a value in the outermost object, and to write a string. What is no JSON holds nothing. */
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

/* `at` is where a value begins: gives the place behind it. */
static const char *value_end(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		if (*at == '"') {
			at = string_end(at + 1, end);
			if (at == end)
				return end;
			if (depth == 0)
				return at + 1;
		} else if (*at == '{' || *at == '[')
			depth++;
		else if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
			return at;
		else if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
	}
	return end;
}

struct bytes json_find(struct bytes json, const char *key)
{
	static const struct bytes none;
	const char *end = json.at + json.length;
	const char *at = skip_blanks(json.at, end);

	if (at == end || *at != '{')
		return none;
	for (at++; at < end; at++) {
		if (*at != '"')
			continue;
		const char *name = at + 1, *closing = string_end(name, end);
		const char *colon = skip_blanks(closing < end ? closing + 1 : end, end);
		if (colon == end || *colon != ':')
			return none;
		const char *value = skip_blanks(colon + 1, end), *behind = value_end(value, end);
		size_t length = (size_t)(closing - name);
		if (length == strlen(key) && memcmp(name, key, length) == 0)
			return (struct bytes){ .at = (char *)value, .length = (size_t)(behind - value) };
		at = behind - 1;
	}
	return none;
}

int json_find_string(struct bytes json, const char *key, char *out, size_t size)
{
	struct bytes value = json_find(json, key);

	if (value.length < 2 || value.length - 2 >= size || value.at[0] != '"' || value.at[value.length - 1] != '"')
		return 0;
	if (memchr(value.at, '\\', value.length) || memchr(value.at, 0, value.length))
		return 0;
	memcpy(out, value.at + 1, value.length - 2);
	out[value.length - 2] = 0;
	return 1;
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
