// Connections and bytes through a router.
//   serve              answers on every port that it is told: `listen PORT`; one byte comes back for the first of a connection, and one
//                      for the end of a stream that began with B
//   load               `connect ADDRESS PORT COUNT PARALLEL`: nanoseconds, then median and 99th percentile of a connection's time from
//                      connect(2) to the answer, then microseconds of CPU of the whole machine
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
#define PATIENCE 5000
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

static int open_connection(struct sockaddr_in *to, int flags) {
  struct linger at_once = {.l_onoff = 1};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  // a reset at the end leaves no port in TIME_WAIT
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  if (fd >= 0 && connect(fd, (struct sockaddr *)to, sizeof *to) && errno != EINPROGRESS) {
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

static void connections(struct sockaddr_in *to, int count, int parallel) {
  static uint64_t begun[MOST];
  uint64_t *spent = calloc((size_t)count, sizeof *spent);
  int poll = epoll_create1(EPOLL_CLOEXEC), started = 0, done = 0;
  struct epoll_event events[64];
  uint64_t cpu = busy(), start = now();
  while (done < count) {
    while (started < count && started - done < parallel) {
      uint64_t at = now();
      int fd = open_connection(to, SOCK_NONBLOCK);
      if (fd < 0 || fd >= MOST) goto failed;
      begun[fd] = at;
      started++;
      struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
      epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
    int ready = epoll_wait(poll, events, 64, PATIENCE);
    if (ready <= 0) {
      errno = ETIMEDOUT;
      goto failed;
    }
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      char byte = 'c';
      if (events[i].events & EPOLLOUT) {
        if (write(fd, &byte, 1) != 1) goto failed;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poll, EPOLL_CTL_MOD, fd, &event);
      } else {
        if (read(fd, &byte, 1) != 1) goto failed;
        spent[done++] = now() - begun[fd];
        close(fd);
      }
    }
  }
  uint64_t total = now() - start;
  cpu = busy() - cpu;
  qsort(spent, (size_t)count, sizeof *spent, shorter);
  answer("%llu %llu %llu %llu", (unsigned long long)total, (unsigned long long)spent[count / 2], (unsigned long long)spent[count * 99 / 100],
         (unsigned long long)cpu);
  goto end;
failed:
  answer("error connection %d of %d: %s", done + 1, count, strerror(errno));
end:
  free(spent);
  close(poll);
  // what is still open after a failure
  for (int fd = 3; fd < 3 + 2 * parallel && done < count; fd++) close(fd);
}

static void stream(struct sockaddr_in *to, int megabytes) {
  struct timeval patience = {.tv_sec = PATIENCE / 1000};
  uint64_t start = now(), left = (uint64_t)megabytes << 20;
  int fd = open_connection(to, 0);
  char byte;
  memset(chunk, 'B', sizeof chunk);
  if (fd < 0) {
    answer("error stream: %s", strerror(errno));
    return;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
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

int main(int count, char **words) {
  if (count == 2 && !strcmp(words[1], "serve")) {
    serve();
    return 0;
  }
  answer("ready");
  for (char *line; (line = ask());) {
    char address[64];
    int port, first, second = 0;
    struct sockaddr_in to = {.sin_family = AF_INET};
    int words_ = sscanf(line, "%*s %63s %d %d %d", address, &port, &first, &second);
    if (words_ < 3 || inet_pton(AF_INET, address, &to.sin_addr) != 1) {
      answer("error what is '%s'?", line);
      continue;
    }
    to.sin_port = htons((uint16_t)port);
    if (!strncmp(line, "connect ", 8) && words_ == 4 && second > 0 && second <= 64) connections(&to, first, second);
    else stream(&to, first);
  }
  return 0;
}
