/*
 * The CNI plugin that a container runtime executes: relays the CNI_* environment and the standard input to the agent of the node, by its
 * unix socket, and prints what the agent answers. It holds no knowledge of networks, starts in well under a millisecond and depends on
 * nothing, so that the agent can be upgraded without it.
 *
 * To the agent:   "ERC1", length of the environment (u32, native order), length of the input (u32), the environment as NAME=VALUE with a
 *                 closing zero each, the input. The connection stays open: an agent that sees it closed knows that nobody waits any more.
 * From the agent: exit code (u32), length (u32), what is to be printed.
 */
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define DEFAULT_SOCKET "/run/egress-router/agent.sock"
#define MAGIC "ERC1"
/* Below the two minutes that the kubelet grants a sandbox. */
#define LONGEST_CALL 110000
#define LARGEST_INPUT (8u << 20)

/* Error codes of the specification. */
enum { INVALID_ENVIRONMENT = 4, IO_FAILURE = 5, TRY_AGAIN_LATER = 11, NOT_AVAILABLE = 50 };

static struct bytes input;

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static int fail(int code, const char *message, const char *details)
{
	char version[16], out[2048];
	size_t length;

	if (!json_find_string(input, "cniVersion", version, sizeof version))
		strcpy(version, "1.0.0");
	strcpy(out, "{\"cniVersion\":\"");
	length = json_append_escaped(out, strlen(out), sizeof out / 2, version);
	strcpy(out + length, "\",\"code\":");
	length = strlen(out);
	if (code > 9)
		out[length++] = (char)('0' + code / 10);
	out[length++] = (char)('0' + code % 10);
	strcpy(out + length, ",\"msg\":\"");
	length = json_append_escaped(out, strlen(out), sizeof out / 2, message);
	strcpy(out + length, "\",\"details\":\"");
	length = json_append_escaped(out, strlen(out), sizeof out - 8, details);
	strcpy(out + length, "\"}\n");
	io_write_all(STDOUT_FILENO, out, strlen(out));
	return 1;
}

/* What may stand in the name of a file without being another path: the characters that encodeURIComponent leaves alone. */
static int is_plain(const char *text)
{
	return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(text) && strlen(text) <= 160;
}

/* A file of the attachment in a folder beside the agent's socket. */
static void attachment_path(char *out, const char *socket_path, const char *folder, const char *ending)
{
	size_t length = (size_t)(strrchr(socket_path, '/') - socket_path);

	memcpy(out, socket_path, length);
	strcpy(out + length, folder);
	strcat(out, variable("CNI_CONTAINERID"));
	strcat(out, "%2F");
	strcat(out, variable("CNI_IFNAME"));
	strcat(out, ending);
}

/*
 * A DEL has to succeed without the agent: what it is to take away is written down beside its socket, for when it is back. Before the agent
 * makes anything it writes a record; where there is none, as for every pod that asked for nothing, there is nothing to take away.
 */
static void remember_deletion(const char *socket_path)
{
	char path[512];

	if (!strchr(socket_path, '/') || strlen(socket_path) > 200 || !is_plain(variable("CNI_CONTAINERID")) || !is_plain(variable("CNI_IFNAME")))
		return;
	attachment_path(path, socket_path, "/attachments/", ".json");
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return;
	attachment_path(path, socket_path, "/detached/", "");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		close(fd);
}

static int is_object(struct bytes json)
{
	return json.length > 0 && *json.at == '{';
}

/* Whether the configuration is that of an attachment of its own; otherwise the plugin stands in a chain. */
static int is_own_network(void)
{
	static const char *const keys[] = { "ip", "interfaceType", "interfaceArgs", "podIP", "ipConfig" };

	for (size_t n = 0; n < sizeof keys / sizeof *keys; n++)
		if (json_find(input, keys[n]).length > 0)
			return 1;
	return 0;
}

/*
 * A pod that asks for nothing of ours starts without the agent, too: without that nothing would start on the node while the agent is away.
 * It is known here only where the runtime hands over the pod's annotations. The names are looked for in every byte of these, so that one
 * too many waits for the agent, and none too few.
 */
static int asks_for_nothing(void)
{
	static const char *const names[] = { "egress-router.io", "assign-macvlan" };
	struct bytes annotations = json_find(json_find(input, "runtimeConfig"), "io.kubernetes.cri.pod-annotations");

	if (!is_object(annotations) || !json_find(json_find(input, "prevResult"), "cniVersion").length || is_own_network())
		return 0;
	for (size_t n = 0; n < sizeof names / sizeof *names; n++)
		if (memmem(annotations.at, annotations.length, names[n], strlen(names[n])))
			return 0;
	return 1;
}

/* Known here too, as it is wrong whether the agent is there or not. */
static int is_command(const char *text)
{
	static const char *const commands[] = { "ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION" };

	for (size_t n = 0; n < sizeof commands / sizeof *commands; n++)
		if (strcmp(text, commands[n]) == 0)
			return 1;
	return 0;
}

static int without_agent(const char *socket_path, const char *what)
{
	char details[512] = "";
	const char *command = variable("CNI_COMMAND");
	const char *reason = strerror(errno);

	if (strcmp(command, "DEL") == 0) {
		remember_deletion(socket_path);
		return 0;
	}
	if (strcmp(command, "ADD") == 0 && asks_for_nothing()) {
		struct bytes previous = json_find(input, "prevResult");
		return io_write_all(STDOUT_FILENO, previous.at, previous.length) < 0;
	}
	if (strcmp(command, "CHECK") == 0 && asks_for_nothing())
		return 0;
	/* for the runtime an answer in a chain is one about the whole node, whose other pods do not need the agent */
	if (strcmp(command, "STATUS") == 0 && !is_own_network())
		return 0;
	strncat(details, socket_path, 300);
	strcat(details, ": ");
	strncat(details, reason, 100);
	return fail(strcmp(command, "STATUS") == 0 ? NOT_AVAILABLE : TRY_AGAIN_LATER, what, details);
}

static int send_request(int fd)
{
	uint32_t lengths[2] = { 0, (uint32_t)input.length };

	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "CNI_", 4) == 0)
			lengths[0] += (uint32_t)strlen(*entry) + 1;
	if (io_write_all(fd, MAGIC, strlen(MAGIC)) < 0 || io_write_all(fd, (char *)lengths, sizeof lengths) < 0)
		return -1;
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "CNI_", 4) == 0 && io_write_all(fd, *entry, strlen(*entry) + 1) < 0)
			return -1;
	return io_write_all(fd, input.at, input.length);
}

static int print_answer(int fd, uint32_t length)
{
	char part[16384];

	while (length > 0) {
		size_t most = length < sizeof part ? length : sizeof part;
		if (io_read_exactly(fd, part, most) < 0 || io_write_all(STDOUT_FILENO, part, most) < 0)
			return -1;
		length -= (uint32_t)most;
	}
	return 0;
}

static const char *find_socket(char *room, size_t size)
{
	const char *path = variable("EGRESS_AGENT_SOCKET");

	if (*path)
		return path;
	/* a runtime gives a plugin no environment but its own: the network configuration may say where the agent is */
	return json_find_string(input, "agentSocket", room, size) ? room : DEFAULT_SOCKET;
}

/* In the version that was asked in, as the specification has it, or else the newest. */
static int print_versions(void)
{
	static const char *const supported[] = { "0.3.1", "0.4.0", "1.0.0", "1.1.0" };
	const char *version = "1.1.0";
	char asked[16], out[128];

	if (json_find_string(input, "cniVersion", asked, sizeof asked))
		for (size_t i = 0; i < sizeof supported / sizeof *supported; i++)
			if (strcmp(asked, supported[i]) == 0)
				version = supported[i];
	strcpy(out, "{\"cniVersion\":\"");
	strcat(out, version);
	strcat(out, "\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n");
	return io_write_all(STDOUT_FILENO, out, strlen(out)) < 0;
}

int main(void)
{
	char room[256];
	uint32_t answer[2];

	signal(SIGPIPE, SIG_IGN);
	io_set_deadline(LONGEST_CALL);
	if (io_read_all(STDIN_FILENO, &input, LARGEST_INPUT) < 0) {
		const char *why = errno == EFBIG ? "it has more than 8 MiB" : strerror(errno);
		input.length = 0;
		return fail(IO_FAILURE, "egress-router: the network configuration cannot be read", why);
	}
	if (strcmp(variable("CNI_COMMAND"), "VERSION") == 0)
		return print_versions();
	if (!is_command(variable("CNI_COMMAND")))
		return fail(INVALID_ENVIRONMENT, "egress-router: invalid environment: CNI_COMMAND is not set, or to what is unknown",
			    "there are ADD, DEL, CHECK, STATUS, GC, VERSION");
	const char *path = find_socket(room, sizeof room);
	int fd = io_connect(path);
	if (fd < 0)
		return without_agent(path, "egress-router: the agent of this node is not running: try again later");
	if (send_request(fd) < 0 || io_read_exactly(fd, (char *)answer, sizeof answer) < 0)
		return without_agent(path, "egress-router: the agent of this node did not answer: try again later");
	/* an answer that is half printed cannot be taken back: the runtime finds JSON that ends too soon, and knows */
	return print_answer(fd, answer[1]) < 0 ? 1 : answer[0] != 0;
}
