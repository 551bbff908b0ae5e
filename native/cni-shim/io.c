/* Reading, writing and connecting that end when the deadline of the process has passed, whatever the other side does. */
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long deadline;

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void io_set_deadline(long milliseconds)
{
	deadline = now() + milliseconds;
}

static int wait_for(int fd, short events)
{
	struct pollfd watched = { .fd = fd, .events = events };

	for (;;) {
		long left = deadline - now();
		if (left <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		int ready = poll(&watched, fd < 0 ? 0 : 1, (int)left);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -1;
	}
}

int io_read_all(int fd, struct bytes *into, size_t most)
{
	size_t room = 0;

	into->at = NULL;
	into->length = 0;
	for (;;) {
		if (into->length == room) {
			room = room ? 2 * room : 16384;
			char *larger = realloc(into->at, room);
			if (!larger)
				return -1;
			into->at = larger;
		}
		if (wait_for(fd, POLLIN) < 0)
			return -1;
		ssize_t got = read(fd, into->at + into->length, room - into->length);
		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (got > 0)
			into->length += (size_t)got;
		if (into->length > most) {
			errno = EFBIG;
			return -1;
		}
	}
}

int io_read_exactly(int fd, char *at, size_t length)
{
	while (length > 0) {
		if (wait_for(fd, POLLIN) < 0)
			return -1;
		ssize_t got = read(fd, at, length);
		if (got == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (got > 0) {
			at += got;
			length -= (size_t)got;
		}
	}
	return 0;
}

int io_write_all(int fd, const char *at, size_t length)
{
	while (length > 0) {
		if (wait_for(fd, POLLOUT) < 0)
			return -1;
		ssize_t put = write(fd, at, length);
		if (put < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (put > 0) {
			at += put;
			length -= (size_t)put;
		}
	}
	return 0;
}

int io_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* EAGAIN: the agent is there and many others are waiting for it, too */
	while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		struct timespec pause = { .tv_nsec = 5000000 };
		int problem = errno;
		if (problem != EAGAIN && problem != EINTR) {
			close(fd);
			errno = problem;
			return -1;
		}
		if (now() >= deadline) {
			close(fd);
			errno = ETIMEDOUT;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}
