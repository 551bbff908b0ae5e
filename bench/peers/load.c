// Connections and bytes through a router.
//   serve              answers on every port that it is told: `listen PORT`; one byte comes back for the first of a connection, and one
//                      for the end of a stream that began with B
//   load               `connect ADDRESS PORT COUNT`: median and 99th percentile, in nanoseconds, of the time from connect(2) to the answer, of
//                      connections one after the other
//                      `open ADDRESS PORT COUNT`: connections that are opened and reset, one after the other; nanoseconds, then microseconds
//                      of CPU of the whole machine
//                      `stream ADDRESS PORT MEGABYTES`: nanoseconds
#include "answer.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
/** Seconds for a connection, or for a piece of a stream. */
#define PATIENCE 5
static char chunk[1 << 18];

static void serve(void) {
  static char listening[MOST], streaming[MOST];
  int poll = epoll_create1(EPOLL_CLOEXEC), one = 1;
  struct epoll_event events[64], event = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(poll, EPOLL_CTL_ADD, 0, &event);
  answer("ready");
  for (;;) {
    int count = epoll_wait(poll, events, 64, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == 0) {
        int port;
        char *line = ask();
        if (!line) return;
        if (sscanf(line, "listen %d", &port) != 1) {
          answer("error what is '%s'?", line);
          continue;
        }
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        // a connection on which nothing comes is no work for this process
        setsockopt(socket_, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof one);
        if (socket_ < 0 || socket_ >= MOST || bind(socket_, (struct sockaddr *)&address, sizeof address) || listen(socket_, 4096)) {
          answer("error port %d: %s", port, strerror(errno));
          continue;
        }
        listening[socket_] = 1;
        event = (struct epoll_event){.events = EPOLLIN, .data.fd = socket_};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &event);
        answer("1");
      } else if (listening[fd]) {
        int peer;
        while ((peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
          if (peer >= MOST) {
            close(peer);
            continue;
          }
          streaming[peer] = 0;
          event = (struct epoll_event){.events = EPOLLIN, .data.fd = peer};
          epoll_ctl(poll, EPOLL_CTL_ADD, peer, &event);
        }
      } else {
        ssize_t length = read(fd, chunk, sizeof chunk);
        if (length < 0 && errno == EAGAIN) continue;
        if (length > 0 && !streaming[fd] && chunk[0] != 'B') {
          if (write(fd, chunk, 1) != 1) close(fd);
        } else if (length > 0) streaming[fd] = 1;
        else {
          if (length == 0 && streaming[fd] && write(fd, "B", 1) != 1) errno = 0;
          close(fd);
        }
      }
    }
  }
}

static int open_connection(struct sockaddr_in *to) {
  struct linger at_once = {.l_onoff = 1};
  struct timeval patience = {.tv_sec = PATIENCE};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // a reset at the end leaves no port in TIME_WAIT
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // also the limit of connect(2)
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (fd >= 0 && connect(fd, (struct sockaddr *)to, sizeof *to)) {
    close(fd);
    return -1;
  }
  return fd;
}

/** Busy time of all processors, in microseconds. */
static uint64_t busy(void) {
  unsigned long long user, nice, system, idle, wait, irq, softirq;
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  int count = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &softirq);
  fclose(file);
  return count == 7 ? (user + nice + system + irq + softirq) * (1000000u / (unsigned)sysconf(_SC_CLK_TCK)) : 0;
}

static void connections(struct sockaddr_in *to, int count) {
  uint64_t *spent = calloc((size_t)count, sizeof *spent);
  int done = 0;
  for (; done < count; done++) {
    char byte = 'c';
    uint64_t begun = now();
    int fd = open_connection(to);
    if (fd < 0) break;
    int answered = write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1;
    spent[done] = now() - begun;
    close(fd);
    if (!answered) break;
  }
  if (done < count) answer("error connection %d of %d: %s", done + 1, count, strerror(errno));
  else {
    qsort(spent, (size_t)count, sizeof *spent, shorter);
    answer("%llu %llu", (unsigned long long)spent[count / 2], (unsigned long long)spent[count * 99 / 100]);
  }
  free(spent);
}

/**
 * Handshakes alone. Between connect(2) and its return the kernel carries the packets all the way and back on one processor, and the
 * server's process has no part in it: what is left of a connection is mostly the router's.
 */
static void openings(struct sockaddr_in *to, int count) {
  uint64_t cpu = busy(), start = now();
  for (int done = 0; done < count; done++) {
    int fd = open_connection(to);
    if (fd < 0) {
      answer("error connection %d of %d: %s", done + 1, count, strerror(errno));
      return;
    }
    close(fd);
  }
  uint64_t total = now() - start;
  answer("%llu %llu", (unsigned long long)total, (unsigned long long)(busy() - cpu));
}

static void stream(struct sockaddr_in *to, int megabytes) {
  uint64_t start = now(), left = (uint64_t)megabytes << 20;
  int fd = open_connection(to);
  char byte;
  memset(chunk, 'B', sizeof chunk);
  if (fd < 0) {
    answer("error stream: %s", strerror(errno));
    return;
  }
  while (left > 0) {
    ssize_t length = write(fd, chunk, left < sizeof chunk ? left : sizeof chunk);
    if (length <= 0) break;
    left -= (uint64_t)length;
  }
  shutdown(fd, SHUT_WR);
  if (left > 0 || read(fd, &byte, 1) != 1) answer("error stream: %s", strerror(errno));
  else answer("%llu", (unsigned long long)(now() - start));
  close(fd);
}

int main(int argc, char **words) {
  if (argc == 2 && !strcmp(words[1], "serve")) {
    serve();
    return 0;
  }
  answer("ready");
  for (char *line; (line = ask());) {
    char address[64];
    int port, count;
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (sscanf(line, "%*s %63s %d %d", address, &port, &count) != 3 || count < 1 || inet_pton(AF_INET, address, &to.sin_addr) != 1) {
      answer("error what is '%s'?", line);
      continue;
    }
    to.sin_port = htons((uint16_t)port);
    if (!strncmp(line, "connect ", 8)) connections(&to, count);
    else if (!strncmp(line, "open ", 5)) openings(&to, count);
    else stream(&to, count);
  }
  return 0;
}
